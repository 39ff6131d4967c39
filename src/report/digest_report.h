/* What a digest holds. */
#ifndef REPORT_DIGEST_REPORT_H
#define REPORT_DIGEST_REPORT_H

#include "recon/digest.h"
#include "report/console.h"

/* `bytes`: of the file. `signature`: its file; NULL: none was made. */
void digest_report_print(const struct console *console, const struct digest *digest, const char *file,
                         size_t bytes, const char *signature);

#endif

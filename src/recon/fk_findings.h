/* What a foreign key's check found, as a result among those of other checks. */
#ifndef RECON_FK_FINDINGS_H
#define RECON_FK_FINDINGS_H

#include "recon/fk.h"
#include "recon/result.h"

enum { FK_FINDING_MAX = 20000 }; /* keys without a parent that are remembered one by one */

/* `found` was made with show_values and up to FK_FINDING_MAX samples; values go on only when `shows_values`.
 */
void fk_findings(const struct fk_result *found, bool shows_values, const struct finding_ids *before,
                 struct result *out);

#endif

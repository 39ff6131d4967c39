/* The passphrase of a secret key: from ROLLCALL_PASSPHRASE, else typed at the terminal, unseen. */
#ifndef CLI_PASSPHRASE_H
#define CLI_PASSPHRASE_H

#include "base/err.h"

struct passphrase {
    char text[1024];
};
void passphrase_wipe(struct passphrase *passphrase);
#define PASSPHRASE_SCOPED CLEANUP(passphrase_wipe) struct passphrase

/* USAGE when neither is there. */
enum status passphrase_ask(const char *file, struct passphrase *out, struct err *err) MUST_USE;
/* For a new key: typed twice. */
enum status passphrase_choose(struct passphrase *out, struct err *err) MUST_USE;

#endif

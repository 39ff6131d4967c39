#include "cli/passphrase.h"

#include "base/str.h"
#include "base/term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
passphrase_wipe(struct passphrase *passphrase)
{
    volatile char *at = passphrase->text;
    for (size_t i = 0; i < sizeof(passphrase->text); i++) {
        at[i] = '\0';
    }
}

static bool
from_environment(struct passphrase *out)
{
    const char *value = getenv("ROLLCALL_PASSPHRASE");
    return !str_is_empty(value) &&
           (size_t)snprintf(out->text, sizeof(out->text), "%s", value) < sizeof(out->text);
}

static enum status
type(const char *prompt, struct passphrase *out, struct err *err)
{
    if (!term_ask_secret(prompt, out->text, sizeof(out->text))) {
        (void)err_raise(err, STATUS_USAGE, "there is no passphrase, and no terminal to ask for it");
        return err_hint(err,
                        "set ROLLCALL_PASSPHRASE; 'rollcall keygen --no-passphrase' makes a key without one");
    }
    return out->text[0] != '\0' ? STATUS_OK : err_raise(err, STATUS_USAGE, "the passphrase is empty");
}

enum status
passphrase_ask(const char *file, struct passphrase *out, struct err *err)
{
    char prompt[256];
    if (from_environment(out)) {
        return STATUS_OK;
    }
    (void)snprintf(prompt, sizeof(prompt), "passphrase of %.200s: ", file);
    return type(prompt, out, err);
}

enum status
passphrase_choose(struct passphrase *out, struct err *err)
{
    PASSPHRASE_SCOPED again = {0};
    if (from_environment(out)) {
        return STATUS_OK;
    }
    TRY(type("passphrase for the new key: ", out, err));
    TRY(type("again: ", &again, err));
    return strcmp(out->text, again.text) == 0
               ? STATUS_OK
               : err_raise(err, STATUS_USAGE, "the passphrase was not typed the same way twice");
}

/* keygen: a pair of keys for sign-offs, in the files of minisign. */
#include "cli/command.h"

#include "base/io.h"
#include "base/sign.h"
#include "cli/passphrase.h"
#include "report/approval_report.h"

#include <string.h>

#define DEFAULT_FILE "rollcall.key"

/* "ann.key" goes with "ann.pub". */
static const char *
public_file_of(struct arena *arena, const char *secret_file)
{
    size_t len = strlen(secret_file);
    len -= str_ends(secret_file, ".key") ? 4 : 0;
    return arena_printf(arena, "%.*s.pub", (int)len, secret_file);
}

static enum status
refuse_to_overwrite(const char *file, struct err *err)
{
    if (!io_exists(file)) {
        return STATUS_OK;
    }
    (void)err_raise(err, STATUS_USAGE, "'%s' is there already, and a key that is gone is gone", file);
    return err_hint(err, "give another name: 'rollcall keygen FILE'");
}

enum status
cmd_keygen(struct command_context *context, int *exit_code, struct err *err)
{
    const char *secret_file = context->n_words > 0 ? context->words[0] : DEFAULT_FILE;
    const char *public_file = public_file_of(&context->arena, secret_file);
    SIGN_SECRET_SCOPED secret;
    struct sign_public public;
    PASSPHRASE_SCOPED passphrase = {0};
    char *text;
    (void)exit_code;
    TRY(refuse_to_overwrite(secret_file, err));
    TRY(refuse_to_overwrite(public_file, err));
    if (!context->options.no_passphrase) {
        TRY(passphrase_choose(&passphrase, err));
    }
    sign_generate(&secret);
    sign_public_of(&secret, &public);
    TRY(sign_secret_file(&secret, context->options.no_passphrase ? NULL : passphrase.text, &context->arena,
                         &text, err));
    TRY(io_write_file(secret_file, span_of(text), 0600, err));
    TRY(io_write_file(public_file, span_of(sign_public_file(&public, &context->arena)), 0644, err));
    keygen_report_print(&context->console, secret_file, public_file,
                        sign_public_text(&public, &context->arena));
    return STATUS_OK;
}

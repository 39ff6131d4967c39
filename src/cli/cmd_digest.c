/* digest: one side of a comparison as a file. */
#include "cli/digest_sides.h"

#include "base/io.h"
#include "cli/secret_key.h"
#include "report/digest_report.h"

static enum status
sign(struct command_context *context, const char *file, struct span bytes, const char **out, struct err *err)
{
    struct arena *arena = &context->arena;
    SIGN_SECRET_SCOPED secret = {0};
    TRY(secret_key_read(context->options.key, &secret, err));
    *out = arena_printf(arena, "%s.minisig", file);
    return io_write_file(*out, span_of(sign_message(&secret, bytes, "rollcall digest", arena)), 0644, err);
}

enum status
cmd_digest(struct command_context *context, int *exit_code, struct err *err)
{
    const struct options *given = &context->options;
    BUF_SCOPED bytes = BUF_INIT((size_t)DIGEST_LEN_MAX);
    SIDE_SCOPED opened = {0};
    struct compare_end end;
    struct digest like;
    struct digest digest;
    struct digest_options options = {.tables = side_names(given->tables, &context->arena)};
    const char *signature = NULL;
    (void)exit_code;
    if (given->out == NULL) {
        (void)err_raise(err, STATUS_USAGE, "'rollcall digest' needs a file to write");
        return err_hint(err, "name it: --out FILE");
    }
    if (given->salt != NULL) {
        TRY(digest_salt_read(given->salt, &context->arena, &options.salt, err));
    }
    if (given->like != NULL) {
        TRY(digest_load(given->like, &context->arena, &like, err));
        options.like = &like;
    }
    TRY(side_open(context, context->words[0], &opened, &end, err));
    TRY(digest_side_take(&end, &options, &context->arena, &digest, err));
    digest_write(&digest, &bytes);
    TRY(buf_check(&bytes, "the digest", err));
    TRY(io_write_file(given->out, buf_view(&bytes), 0600, err));
    if (given->key != NULL) {
        TRY(sign(context, given->out, buf_view(&bytes), &signature, err));
    }
    digest_report_print(&context->console, &digest, given->out, bytes.len, signature);
    if (!digest.is_salted) {
        console_note(&context->console,
                     "whoever has the file can find out values by trying; --salt FILE prevents it");
    }
    return STATUS_OK;
}

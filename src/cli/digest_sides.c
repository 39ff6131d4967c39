#include "cli/digest_sides.h"

#include "base/io.h"
#include "base/sign.h"

#include <string.h>

static const char *const names[2] = {"left", "right"};

bool
digest_side_is(const char *word)
{
    return digest_is_file(word);
}

enum status
digest_side_take(const struct compare_end *end, const struct digest_options *options, struct arena *arena,
                 struct digest *out, struct err *err)
{
    if (end->conn != NULL) {
        TRY(conn_begin(end->conn, TXN_READ, err));
    }
    return digest_take(end, options, arena, out, err);
}

/* -- signatures
 * --------------------------------------------------------------------------------------------------- */

static enum status
read_public_key(const char *given, struct sign_public *out, struct err *err)
{
    BUF_SCOPED text = BUF_INIT((size_t)64 << 10);
    if (sign_public_parse(span_of(given), out)) {
        return STATUS_OK;
    }
    TRY(io_read_file(given, &text, err));
    return sign_public_parse(buf_view(&text), out)
               ? STATUS_OK
               : err_raise(err, STATUS_USAGE, "'%s' is no public key", given);
}

static enum status
check_signature(const char *file, const struct sign_public *key, struct arena *arena, struct err *err)
{
    BUF_SCOPED bytes = BUF_INIT((size_t)DIGEST_LEN_MAX);
    BUF_SCOPED text = BUF_INIT((size_t)64 << 10);
    struct sign_signature signature;
    const char *path = arena_printf(arena, "%s.minisig", file);
    if (!io_exists(path)) {
        (void)err_raise(err, STATUS_CORRUPT, "'%s' has no signature", file);
        return err_hint(err, "it would stand in '%s'; 'rollcall digest --key FILE' makes one", path);
    }
    TRY(io_read_file(file, &bytes, err));
    TRY(io_read_file(path, &text, err));
    if (!sign_signature_parse(buf_view(&text), arena, &signature) ||
        !sign_verify(&signature, key, buf_view(&bytes))) {
        (void)err_raise(err, STATUS_CORRUPT, "the signature of '%s' does not fit it, or is by another key",
                        file);
        return err_hint(err, "fetch the digest and its .minisig again from whoever made them");
    }
    return STATUS_OK;
}

/* -- sides
 * -------------------------------------------------------------------------------------------------------- */

static enum status
load_file(struct command_context *context, const char *word, struct digest *out, struct err *err)
{
    struct sign_public key;
    if (context->options.signer != NULL) {
        TRY(read_public_key(context->options.signer, &key, err));
        TRY(check_signature(word, &key, &context->arena, err));
    }
    return digest_load(word, &context->arena, out, err);
}

/* The side that is no file. */
static enum status
take_live(struct command_context *context, const char *word, struct digest_options *options,
          struct side_handle *handle, struct compare_end *end, struct digest *out, struct err *err)
{
    TRY(side_open(context, word, handle, end, err));
    require(options->like != NULL);
    if (options->like->is_salted && options->salt.len == 0) {
        (void)err_raise(err, STATUS_USAGE, "the digest was made with a salt");
        return err_hint(err, "give the same one: --salt FILE");
    }
    if (options->salt.len > 0 &&
        (!options->like->is_salted || digest_salt_mark(options->salt) != options->like->salt_mark)) {
        return err_raise(err, STATUS_USAGE, "the digest was not made with this salt");
    }
    return digest_side_take(end, options, &context->arena, out, err);
}

static enum status
check_options(const struct options *given, struct err *err)
{
    bool is_odd = given->key_columns != NULL || given->columns != NULL || given->recheck > 0 ||
                  given->grace != NULL || given->left_query != NULL || given->right_query != NULL ||
                  given->tolerance != NULL;
    return is_odd ? err_raise(err, STATUS_USAGE,
                              "a digest is compared as it is: without --key, --columns, queries, --tolerance "
                              "or --recheck")
                  : STATUS_OK;
}

enum status
digest_sides_compare(struct command_context *context, struct side_handle handles[2],
                     struct compare_result *out, struct err *err)
{
    const struct options *given = &context->options;
    struct digest digests[2];
    struct compare_end ends[2];
    struct digest_side sides[2];
    struct digest_options options = {.tables = side_names(given->tables, &context->arena)};
    TRY(check_options(given, err));
    if (given->salt != NULL) {
        TRY(digest_salt_read(given->salt, &context->arena, &options.salt, err));
    }
    for (unsigned i = 0; i < 2; i++) {
        sides[i] = (struct digest_side){.digest = &digests[i]};
        if (digest_side_is(context->words[i])) {
            TRY(load_file(context, context->words[i], &digests[i], err));
            options.like = &digests[i];
        }
    }
    for (unsigned i = 0; i < 2; i++) {
        if (!digest_side_is(context->words[i])) {
            if (take_live(context, context->words[i], &options, &handles[i], &ends[i], &digests[i], err) !=
                STATUS_OK) {
                return err_wrap(err, "%s side", names[i]);
            }
            sides[i].live = &ends[i];
        }
    }
    const struct digest_compare_options how = {options.tables, given->limit, options.salt};
    return digest_compare(sides, &how, &context->arena, out, err);
}

#include "report/plan_file.h"

#include "base/user.h"
#include "migrate/checkpoint.h"
#include "report/json.h"
#include "report/operation_report.h"

enum status
plan_origin_read(struct session *session, struct plan_origin *out, struct err *err)
{
    const struct catalog *live;
    char target[SHA256_HEX_LEN + 1];
    char schema[HASH128_HEX_LEN + 1];
    TRY(session_schema(session, &live, err));
    hash128_hex(live->fingerprint, schema);
    database_digest(session->conn, target);
    *out = (struct plan_origin){
        .author = user_name(session->arena),
        .target = arena_strdup(session->arena, target),
        .schema = arena_strdup(session->arena, schema),
    };
    return STATUS_OK;
}

/* -- reading
 * ------------------------------------------------------------------------------------------------------- */

static const char *
text_of(const json_t *object, const char *key, struct arena *arena)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : arena_strdup(arena, text);
}

/* The digest of what the file's steps say. */
static void
digest_of_steps(const json_t *document, const struct plan_file *file, char out[SHA256_HEX_LEN + 1])
{
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    ARENA_SCOPED scratch = {0};
    const json_t *steps = json_object_get(document, "steps");
    plan_digest_begin(&text, file->from, file->to);
    for (size_t i = 0; i < file->n_steps; i++) {
        const json_t *step = json_array_get(steps, i);
        plan_digest_step(&text, text_of(step, "direction", &scratch), text_of(step, "id", &scratch),
                         text_of(step, "script", &scratch));
    }
    sha256_hex(buf_view(&text), out);
}

static void
read_document(const json_t *document, struct arena *arena, struct plan_file *out)
{
    const json_t *steps = json_object_get(document, "steps");
    size_t n = json_array_size(steps);
    const char **ids = arena_new_array(arena, const char *, n + 1);
    for (size_t i = 0; i < n; i++) {
        ids[i] = text_of(json_array_get(steps, i), "id", arena);
    }
    *out = (struct plan_file){
        .direction = str_eq(text_of(document, "direction", arena), "down") ? DIRECTION_DOWN : DIRECTION_UP,
        .digest = text_of(document, "digest", arena),
        .from = text_of(document, "from", arena),
        .to = text_of(document, "to", arena),
        .n_steps = n,
        .origin = {.author = text_of(document, "author", arena),
                   .target = text_of(document, "target", arena),
                   .schema = text_of(document, "schema", arena)},
        .ids = ids,
    };
}

enum status
plan_file_parse(struct span text, struct arena *arena, struct plan_file *out, struct err *err)
{
    char digest[SHA256_HEX_LEN + 1];
    json_error_t error;
    json_t *document = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, &error);
    bool is_plan = json_is_array(json_object_get(document, "steps")) &&
                   json_is_string(json_object_get(document, "digest")) &&
                   json_is_string(json_object_get(document, "direction"));
    if (!is_plan) {
        json_decref(document);
        (void)err_raise(err, STATUS_USAGE, "it is not a plan");
        return err_hint(err, "'rollcall plan rollback --out FILE' writes one");
    }
    read_document(document, arena, out);
    digest_of_steps(document, out, digest);
    json_decref(document);
    if (!str_eq(digest, out->digest)) {
        (void)err_raise(err, STATUS_USAGE,
                        "the plan was changed: its steps are not those its digest stands for");
        return err_hint(err, "make it again with 'rollcall plan rollback --out FILE'");
    }
    return STATUS_OK;
}

/* -- comparing with the world
 * -------------------------------------------------------------------------------------- */

static enum status
refuse(struct err *err, const char *what)
{
    (void)err_raise(err, STATUS_POLICY, "the world has changed since the plan was made: %s", what);
    return err_hint(err, "make the plan again with 'rollcall plan rollback --out FILE' and look at it");
}

/* What a signer read must be what runs: the statements as shown, not only the digest. */
static enum status
compare_steps(const json_t *then, const json_t *now, struct err *err)
{
    static const char *const keys[] = {"id", "direction", "script", "mode", "statements"};
    for (size_t i = 0; i < json_array_size(then); i++) {
        const json_t *old = json_array_get(then, i);
        const json_t *new = json_array_get(now, i);
        for (size_t k = 0; k < COUNT_OF(keys); k++) {
            ARENA_SCOPED scratch = {0};
            if (!json_equal(json_object_get(old, keys[k]), json_object_get(new, keys[k]))) {
                return refuse(err, arena_printf(&scratch, "step %zu differs in its %s", i + 1, keys[k]));
            }
        }
    }
    return STATUS_OK;
}

static enum status
compare_documents(struct span then, struct span now, struct err *err)
{
    json_error_t error;
    json_t *old = json_loadb(then.ptr, then.len, 0, &error);
    json_t *new = json_loadb(now.ptr, now.len, 0, &error);
    enum status status = compare_steps(json_object_get(old, "steps"), json_object_get(new, "steps"), err);
    json_decref(old);
    json_decref(new);
    return status;
}

enum status
plan_file_check(struct session *session, struct span text, const struct plan_file *file,
                struct plan_options *options, struct err *err)
{
    struct plan_origin origin;
    struct plan plan;
    char digest[SHA256_HEX_LEN + 1];
    BUF_SCOPED now = BUF_INIT(BUF_SQL_MAX);
    if (options->to == NULL && options->steps == 0) {
        options->steps = file->n_steps;
    }
    TRY(plan_origin_read(session, &origin, err));
    if (file->origin.target[0] != '\0' && !str_eq(file->origin.target, origin.target)) {
        return refuse(err, "it is for another database");
    }
    TRY(plan_rollback(session, options, &plan, err));
    plan_digest(&plan, digest);
    if (!str_eq(digest, file->digest)) {
        return refuse(err, "it would be another plan now");
    }
    if (file->origin.schema[0] != '\0' && !str_eq(file->origin.schema, origin.schema)) {
        return refuse(err, "the schema is another one");
    }
    TRY(plan_report_document(session, &plan, NULL, &now, err));
    return compare_documents(text, buf_view(&now), err);
}

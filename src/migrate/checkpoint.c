#include "migrate/checkpoint.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/vec.h"

#include <inttypes.h>
#include <string.h>

#define SHORT_LEN 16

void
database_digest(const struct conn *conn, char out[SHA256_HEX_LEN + 1])
{
    ARENA_SCOPED scratch = {0};
    const struct identity *identity = &conn->identity;
    sha256_hex(span_of(arena_printf(&scratch, "%s\n%s\n%s\n", identity->engine,
                                    identity->system == NULL ? "" : identity->system,
                                    identity->database == NULL ? "" : identity->database)),
               out);
}

static const char *
file_of(const struct session *session)
{
    const char *store = session->service->store;
    return store == NULL ? NULL : arena_printf(session->arena, "%s/checkpoints", store);
}

enum status
checkpoint_note(struct session *session, struct err *err)
{
    char database[SHA256_HEX_LEN + 1];
    char genesis[SHA256_HEX_LEN + 1];
    char at[RFC3339_LEN + 1];
    struct record_mark end;
    const char *file = file_of(session);
    if (file == NULL) {
        return STATUS_OK;
    }
    TRY(record_end(session->conn, &end, genesis, err));
    database_digest(session->conn, database);
    clock_rfc3339(clock_now_us(), at);
    TRY(io_make_dirs(session->service->store, 0700, err));
    return io_append_file(file,
                          span_of(arena_printf(session->arena, "%.*s %.*s %" PRId64 " %s %s\n", SHORT_LEN,
                                               database, SHORT_LEN, genesis, end.seq, end.head, at)),
                          0600, err);
}

struct line {
    struct span database;
    struct span genesis;
    int64_t seq;
    struct span head;
    struct span at;
};

static bool
read_line(struct span text, struct line *out)
{
    struct span seq;
    return span_next_word(&text, &out->database) && span_next_word(&text, &out->genesis) &&
           span_next_word(&text, &seq) && span_next_word(&text, &out->head) &&
           span_next_word(&text, &out->at) && parse_i64(seq, &out->seq) && out->head.len == SHA256_HEX_LEN;
}

static struct record_mark
mark_of(struct arena *arena, const struct line *line, const char *file, const char *genesis)
{
    bool same_chain = span_is(line->genesis, arena_strndup(arena, genesis, SHORT_LEN));
    struct record_mark mark = {
        .seq = line->seq,
        .noted = arena_printf(arena, "%s (%.*s)%s", file, (int)line->at.len, line->at.ptr,
                              same_chain ? "" : ", another registry at this place,"),
    };
    memcpy(mark.head, line->head.ptr, line->head.len);
    return mark;
}

enum status
checkpoint_marks(struct session *session, struct record_marks *out, struct err *err)
{
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    char database[SHA256_HEX_LEN + 1];
    char genesis[SHA256_HEX_LEN + 1];
    struct record_mark end;
    struct line line;
    struct span one;
    const char *file = file_of(session);
    *out = (struct record_marks){0};
    if (file == NULL || !io_exists(file)) {
        return STATUS_OK;
    }
    TRY(record_end(session->conn, &end, genesis, err));
    database_digest(session->conn, database);
    database[SHORT_LEN] = '\0';
    TRY(io_read_file(file, &text, err));
    struct span rest = buf_view(&text);
    while (span_next_line(&rest, &one)) {
        if (read_line(one, &line) && span_is(line.database, database) && line.seq > 0) {
            vec_push(session->arena, out, mark_of(session->arena, &line, file, genesis));
        }
    }
    return STATUS_OK;
}

/* -- signed ones */

static const char first_line[] = "rollcall checkpoint 1";

char *
checkpoint_text(const struct conn *conn, const struct record_mark *end, int64_t at_us, struct arena *arena)
{
    char database[SHA256_HEX_LEN + 1];
    char at[RFC3339_LEN + 1];
    database_digest(conn, database);
    clock_rfc3339(at_us, at);
    return arena_printf(arena, "%s\ndatabase %s\nrecords %" PRId64 "\nhead %s\nat %s\n", first_line, database,
                        end->seq, end->head, at);
}

static enum status
put_meta(struct session *session, const char *item, const char *value, struct err *err)
{
    struct value params[] = {value_text(item), value_text(value)};
    TRY(conn_run(session->conn, "delete from {r}meta where item = ?", params, 1, NULL, err));
    return conn_run(session->conn, "insert into {r}meta (item, value) values (?, ?)", params, 2, NULL, err);
}

enum status
checkpoint_store(struct session *session, const char *text, const char *signature, struct err *err)
{
    TRY(put_meta(session, "signed_checkpoint", text, err));
    return put_meta(session, "checkpoint_signature", signature, err);
}

/* The value behind "KEY " of the text's next line. */
static bool
next_value(struct span *rest, const char *key, struct span *out)
{
    struct span line;
    struct span word;
    return span_next_line(rest, &line) && span_next_word(&line, &word) && span_is(word, key) &&
           span_next_word(&line, out);
}

static bool
read_text(const struct session *session, struct span text, struct record_mark *out, struct span *at)
{
    char database[SHA256_HEX_LEN + 1];
    struct span rest = text;
    struct span line;
    struct span where;
    struct span records;
    struct span head;
    database_digest(session->conn, database);
    bool fits = span_next_line(&rest, &line) && span_is(line, first_line) &&
                next_value(&rest, "database", &where) && span_is(where, database) &&
                next_value(&rest, "records", &records) && parse_i64(records, &out->seq) &&
                next_value(&rest, "head", &head) && head.len == SHA256_HEX_LEN && next_value(&rest, "at", at);
    if (fits) {
        memcpy(out->head, head.ptr, head.len);
    }
    return fits;
}

static const struct signer *
signer_over(const struct signer_list *signers, const struct sign_signature *signature, struct span text)
{
    for (size_t i = 0; i < signers->n; i++) {
        if (sign_verify(signature, &signers->items[i].key, text)) {
            return &signers->items[i];
        }
    }
    return NULL;
}

enum status
checkpoint_open(struct session *session, const struct signer_list *signers, const char *what,
                struct span text, struct span signature, struct record_mark *out, struct err *err)
{
    struct sign_signature parsed;
    const struct signer *signer = NULL;
    struct span at = {0};
    *out = (struct record_mark){0};
    if (!read_text(session, text, out, &at)) {
        return err_raise(err, STATUS_CORRUPT, "%s is no checkpoint of this database", what);
    }
    if (sign_signature_parse(signature, session->arena, &parsed)) {
        signer = signer_over(signers, &parsed, text);
    }
    if (signer == NULL) {
        (void)err_raise(err, STATUS_CORRUPT, "the signature of %s is not that of a signer over it", what);
        return err_hint(err, "signers and their keys stand in rollcall.ini");
    }
    out->noted =
        arena_printf(session->arena, "%s, signed by %s (%.*s),", what, signer->name, (int)at.len, at.ptr);
    return STATUS_OK;
}

static enum status
get_meta(struct session *session, const char *item, const char **out, struct err *err)
{
    struct value param = value_text(item);
    struct value *v;
    bool found;
    TRY(conn_query_row(session->conn, "select value from {r}meta where item = ?", &param, 1, session->arena,
                       &v, &found, err));
    *out = found ? value_to_str(&v[0], session->arena) : NULL;
    return STATUS_OK;
}

enum status
checkpoint_marks_signed(struct session *session, const struct signer_list *signers,
                        struct record_marks *marks, struct err *err)
{
    const char *text;
    const char *signature;
    struct record_mark mark;
    TRY(get_meta(session, "signed_checkpoint", &text, err));
    TRY(get_meta(session, "checkpoint_signature", &signature, err));
    if (text == NULL || signers->n == 0) {
        return STATUS_OK;
    }
    TRY(checkpoint_open(session, signers, "the signed checkpoint in the database", span_of(text),
                        span_of(signature), &mark, err));
    vec_push(session->arena, marks, mark);
    return STATUS_OK;
}

#include "journal/record.h"

#include "base/clock.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *
record_body(struct arena *arena, ...)
{
    json_t *object = json_object();
    va_list args;
    va_start(args, arena);
    for (const char *key = va_arg(args, const char *); key != NULL; key = va_arg(args, const char *)) {
        struct span value = span_of(va_arg(args, const char *));
        require(json_object_set_new(object, key, json_stringn_nocheck(value.ptr, value.len)) == 0);
    }
    va_end(args);
    size_t len = json_dumpb(object, NULL, 0, JSON_COMPACT);
    char *text = arena_alloc(arena, len + 1);
    require(json_dumpb(object, text, len, JSON_COMPACT) == len);
    json_decref(object);
    return text;
}

static enum status
record_hash(const struct record *record, char out[SHA256_HEX_LEN + 1], struct err *err)
{
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    buf_printf(&text, "%s\n%" PRId64 "\n%" PRId64 "\n%s\n%s\n%s\n", record->previous, record->seq,
               record->at_us, record->op, record->kind, record->body);
    TRY(buf_check(&text, "a registry record", err));
    sha256_hex(buf_view(&text), out);
    return STATUS_OK;
}

static enum status
read_head(struct conn *conn, struct record_chain *chain, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct value *v;
    bool found;
    TRY(conn_query_row(conn, "select seq, hash from {r}record order by seq desc limit 1", NULL, 0, &scratch,
                       &v, &found, err));
    chain->seq = found ? value_to_int(&v[0], 0) : 0;
    snprintf(chain->head, sizeof(chain->head), "%s", found ? value_to_str(&v[1], &scratch) : "");
    chain->is_read = true;
    return STATUS_OK;
}

enum status
record_append(struct conn *conn, struct record_chain *chain, const char *op, const char *kind,
              const char *body, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    char hash[SHA256_HEX_LEN + 1];
    if (!chain->is_read) {
        TRY(read_head(conn, chain, err));
    }
    struct record record = {
        .seq = chain->seq + 1,
        .previous = chain->head,
        .at_us = clock_now_us(),
        .op = op,
        .kind = kind,
        .body = body,
    };
    TRY(record_hash(&record, hash, err));
    struct value params[] = {
        value_int(&scratch, record.seq),
        value_text(chain->head),
        value_text(hash),
        value_int(&scratch, record.at_us),
        value_text(op),
        value_text(kind),
        value_text(body),
    };
    TRY(conn_run(
        conn,
        "insert into {r}record (seq, previous, hash, at_us, op, kind, body) values (?, ?, ?, ?, ?, ?, ?)",
        params, COUNT_OF(params), NULL, err));
    chain->seq = record.seq;
    memcpy(chain->head, hash, sizeof(hash));
    return STATUS_OK;
}

static struct record
read_record(const struct value *v, struct arena *arena)
{
    return (struct record){
        .seq = value_to_int(&v[0], 0),
        .previous = value_to_str(&v[1], arena),
        .hash = value_to_str(&v[2], arena),
        .at_us = value_to_int(&v[3], 0),
        .op = value_to_str(&v[4], arena),
        .kind = value_to_str(&v[5], arena),
        .body = value_to_str(&v[6], arena),
    };
}

enum status
record_each(struct conn *conn, const char *op, void (*take)(void *context, const struct record *record),
            void *context, struct err *err)
{
    static const char all[] = "select seq, previous, hash, at_us, op, kind, body from {r}record order by seq";
    static const char one[] =
        "select seq, previous, hash, at_us, op, kind, body from {r}record where op = ? order by seq";
    CURSOR_SCOPED *cursor = NULL;
    ARENA_SCOPED scratch = {0};
    struct value param = value_text(op);
    struct row row;
    TRY(conn_query(conn, op == NULL ? all : one, &param, op == NULL ? 0 : 1, &cursor, err));
    for (;;) {
        struct arena_mark mark = arena_save(&scratch);
        TRY(cursor_fetch(cursor, &row, err));
        if (row.n == 0) {
            return STATUS_OK;
        }
        struct record record = read_record(row.values, &scratch);
        take(context, &record);
        arena_restore(&scratch, mark);
    }
}

static void
check_record(void *context, const struct record *record)
{
    struct record_verdict *verdict = context;
    char hash[SHA256_HEX_LEN + 1];
    struct err err;
    verdict->n++;
    bool fits = record->seq == verdict->n && str_eq(record->previous, verdict->head) &&
                record_hash(record, hash, &err) == STATUS_OK && str_eq(hash, record->hash);
    if (!fits && verdict->ok) {
        verdict->ok = false;
        verdict->first_bad = record->seq;
    }
    snprintf(verdict->head, sizeof(verdict->head), "%s", record->hash);
}

enum status
record_verify(struct conn *conn, struct record_verdict *out, struct err *err)
{
    memset(out, 0, sizeof(*out));
    out->ok = true;
    return record_each(conn, NULL, check_record, out, err);
}

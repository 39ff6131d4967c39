#include "journal/record.h"

#include "base/clock.h"
#include "base/vec.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
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

const char *
record_object(struct arena *arena, const struct record_item *items, size_t n)
{
    json_t *object = json_object();
    for (size_t i = 0; i < n; i++) {
        struct span text = span_of(items[i].text);
        if (items[i].key == NULL || (items[i].text == NULL && !items[i].is_number)) {
            continue;
        }
        json_t *value = items[i].is_number ? json_integer((json_int_t)items[i].number)
                                           : json_stringn_nocheck(text.ptr, text.len);
        require(json_object_set_new(object, items[i].key, value) == 0);
    }
    size_t len = json_dumpb(object, NULL, 0, JSON_COMPACT);
    char *out = arena_alloc(arena, len + 1);
    require(json_dumpb(object, out, len, JSON_COMPACT) == len);
    json_decref(object);
    return out;
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

/* A step is followed by more of its operation, and a thousand of them should not cost a thousand checkpoints.
 */
static bool
is_step(const char *kind)
{
    return str_eq(kind, "up") || str_eq(kind, "down");
}

static enum status
put_checkpoint(struct conn *conn, const struct record_chain *chain, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct value param = value_text(arena_printf(&scratch, "%" PRId64 " %s", chain->seq, chain->head));
    TRY(conn_run(conn, "delete from {r}meta where item = 'checkpoint'", NULL, 0, NULL, err));
    return conn_run(conn, "insert into {r}meta (item, value) values ('checkpoint', ?)", &param, 1, NULL, err);
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
    chain->has_grown = true;
    return is_step(kind) ? STATUS_OK : put_checkpoint(conn, chain, err);
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

/* -- marks
 * ---------------------------------------------------------------------------------------------------------
 */

enum status
record_checkpoint(struct conn *conn, struct record_mark *out, bool *found, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct value *v;
    struct span rest;
    struct span seq;
    struct span head;
    *out = (struct record_mark){.noted = "the checkpoint in the database"};
    TRY(conn_query_row(conn, "select value from {r}meta where item = 'checkpoint'", NULL, 0, &scratch, &v,
                       found, err));
    if (!*found) {
        return STATUS_OK;
    }
    rest = span_of(value_to_str(&v[0], &scratch));
    if (!span_next_word(&rest, &seq) || !span_next_word(&rest, &head) || !parse_i64(seq, &out->seq) ||
        head.len != SHA256_HEX_LEN) {
        (void)err_raise(err, STATUS_CORRUPT, "the registry's checkpoint in the database is damaged");
        return err_hint(err, "'rollcall registry export' prints the records themselves");
    }
    memcpy(out->head, head.ptr, head.len);
    return STATUS_OK;
}

enum status
record_end(struct conn *conn, struct record_mark *out, char genesis[SHA256_HEX_LEN + 1], struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct record_chain chain = {0};
    struct value *v;
    bool found;
    TRY(read_head(conn, &chain, err));
    TRY(conn_query_row(conn, "select hash from {r}record where seq = 1", NULL, 0, &scratch, &v, &found, err));
    (void)snprintf(genesis, SHA256_HEX_LEN + 1, "%s", found ? value_to_str(&v[0], &scratch) : "");
    *out = (struct record_mark){.seq = chain.seq, .noted = "now"};
    memcpy(out->head, chain.head, sizeof(chain.head));
    return STATUS_OK;
}

bool
record_follows(const struct record *record, int64_t previous_seq, const char *previous_hash)
{
    char hash[SHA256_HEX_LEN + 1];
    struct err ignored;
    return record->seq == previous_seq + 1 && str_eq(record->previous, previous_hash) &&
           record_hash(record, hash, &ignored) == STATUS_OK && str_eq(hash, record->hash);
}

/* -- verifying
 * ----------------------------------------------------------------------------------------------------- */

struct walk {
    struct record_verdict *verdict;
    const struct record_marks *marks;
    size_t next_mark;
    int64_t last_seq;
    int64_t last_sealed; /* last record that is no step: must not lie behind the checkpoint */
};

static void blame(struct record_verdict *verdict, int64_t seq, const char *fmt, ...) PRINTF_LIKE(3, 4);

static void
blame(struct record_verdict *verdict, int64_t seq, const char *fmt, ...)
{
    va_list args;
    if (!verdict->ok) {
        return;
    }
    verdict->ok = false;
    verdict->first_bad = seq;
    va_start(args, fmt);
    (void)vsnprintf(verdict->why, sizeof(verdict->why), fmt, args);
    va_end(args);
}

static void
check_chain(struct walk *walk, const struct record *record)
{
    struct record_verdict *verdict = walk->verdict;
    char hash[SHA256_HEX_LEN + 1];
    struct err err;
    int64_t expected = walk->last_seq + 1;
    if (record->seq > expected) {
        blame(verdict, expected, "it is missing");
    } else if (record->seq != expected) {
        blame(verdict, record->seq, "its number is not the next one");
    } else if (record_hash(record, hash, &err) != STATUS_OK || !str_eq(hash, record->hash)) {
        blame(verdict, record->seq,
              "its hash is not that of its content: it was altered, inserted, or moved");
    } else if (!str_eq(record->previous, verdict->head)) {
        blame(verdict, record->seq, "it does not follow the record before it");
    }
}

static void
check_record(void *context, const struct record *record)
{
    struct walk *walk = context;
    struct record_verdict *verdict = walk->verdict;
    verdict->n++;
    check_chain(walk, record);
    for (; walk->next_mark < walk->marks->n && walk->marks->items[walk->next_mark].seq <= record->seq;
         walk->next_mark++) {
        const struct record_mark *mark = &walk->marks->items[walk->next_mark];
        if (mark->seq == record->seq && !str_eq(mark->head, record->hash)) {
            blame(verdict, record->seq, "it is not the one that %s names", mark->noted);
        }
    }
    walk->last_seq = record->seq;
    walk->last_sealed = is_step(record->kind) ? walk->last_sealed : record->seq;
    (void)snprintf(verdict->head, sizeof(verdict->head), "%s", record->hash);
}

static int
compare_marks(const void *a, const void *b)
{
    const struct record_mark *left = a;
    const struct record_mark *right = b;
    return (left->seq > right->seq) - (left->seq < right->seq);
}

/* The checkpoint is read before the walk for what must be there, and after it for what must not: a run may go
 * on meanwhile. */
enum status
record_verify(struct conn *conn, struct record_marks *marks, struct record_verdict *out, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct record_mark checkpoint;
    struct walk walk = {.verdict = out, .marks = marks};
    *out = (struct record_verdict){.ok = true, .n_marks = marks->n};
    TRY(record_checkpoint(conn, &checkpoint, &out->has_checkpoint, err));
    if (out->has_checkpoint) {
        vec_push(&scratch, marks, checkpoint);
    }
    if (marks->n > 0) {
        qsort(marks->items, marks->n, sizeof(marks->items[0]), compare_marks);
    }
    TRY(record_each(conn, NULL, check_record, &walk, err));
    if (walk.next_mark < marks->n) {
        const struct record_mark *last = &marks->items[marks->n - 1];
        blame(out, walk.last_seq + 1, "it is missing: %s names record %" PRId64, last->noted, last->seq);
    }
    TRY(record_checkpoint(conn, &checkpoint, &out->has_checkpoint, err));
    if (out->n > 0 && !out->has_checkpoint) {
        blame(out, walk.last_seq, "the checkpoint in the database is gone");
    } else if (walk.last_sealed > checkpoint.seq) {
        blame(out, checkpoint.seq + 1, "it was added behind the checkpoint in the database");
    }
    *marks = (struct record_marks){0};
    return STATUS_OK;
}

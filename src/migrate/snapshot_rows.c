/* The rows of a table into a snapshot: by one connection, or a big table by two, each with half of its pages,
 * under one snapshot of the database. */
#include "migrate/snapshot_core.h"

#include "driver/conn.h"

#include <pthread.h>
#include <stdatomic.h>

/* What one connection reads. */
struct half {
    struct dump *dump;
    struct snapshot_lane *lane;
    _Atomic bool *is_over; /* the other one failed */
    int64_t rows;
    enum status status;
    struct err err;
};

static enum status
copy_rows(struct half *half, struct err *err)
{
    for (;;) {
        struct span image;
        if (half->is_over != NULL && atomic_load_explicit(half->is_over, memory_order_relaxed)) {
            return err_raise(err, STATUS_CANCELLED, "the other half of the table could not be read");
        }
        TRY(dump_next(half->dump, &image, err));
        if (image.len == 0) {
            return snapshot_flush(half->lane, err);
        }
        TRY(snapshot_add(half->lane, image, err));
        half->rows++;
    }
}

static void *
copy_half(void *state)
{
    struct half *half = state;
    half->status = copy_rows(half, &half->err);
    if (half->status != STATUS_OK) {
        atomic_store(half->is_over, true);
    }
    return NULL;
}

static enum status
copy_by_one(struct dump *dump, struct snapshot_writer *writer, int64_t *rows, struct err *err)
{
    struct half half = {.dump = dump};
    TRY(snapshot_lane(writer, &half.lane, err));
    TRY(copy_rows(&half, err));
    *rows = half.rows;
    return STATUS_OK;
}

static enum status
copy_by_two(struct dump *first, struct dump *second, struct snapshot_writer *writer, int64_t *rows,
            struct err *err)
{
    _Atomic bool is_over = false;
    struct half halves[] = {{.dump = first, .is_over = &is_over}, {.dump = second, .is_over = &is_over}};
    pthread_t thread;
    TRY(snapshot_lane(writer, &halves[0].lane, err));
    TRY(snapshot_lane(writer, &halves[1].lane, err));
    bool has_thread = pthread_create(&thread, NULL, copy_half, &halves[1]) == 0;
    (void)copy_half(&halves[0]);
    if (has_thread) {
        pthread_join(thread, NULL);
    } else {
        (void)copy_half(&halves[1]);
    }
    *rows = halves[0].rows + halves[1].rows;
    bool is_first_fine = halves[0].status == STATUS_OK ||
                         (halves[0].status == STATUS_CANCELLED && halves[1].status != STATUS_OK);
    const struct half *cause = &halves[is_first_fine ? 1 : 0];
    if (cause->status != STATUS_OK) {
        *err = cause->err;
        return err->status;
    }
    return STATUS_OK;
}

/* -- the second connection --------------------------------------------------------------------------------
 */

struct reader {
    struct conn *conn;
    struct dump *dump;
    struct table part;
};

static void
close_reader(struct reader *reader)
{
    dump_close(reader->dump);
    conn_close(reader->conn);
}

static enum status
open_reader(const struct conn *conn, const char *url, const char *token, const struct name_list *columns,
            struct reader *out, struct err *err)
{
    struct conn_params params = conn->params;
    params.url = url;
    params.read_only = false; /* the transaction is */
    TRY(conn_open(&params, &out->conn, err));
    TRY(conn_join_rows(out->conn, token, err));
    return dump_open(out->conn, &out->part, columns->items, columns->n, &out->dump, err);
}

/* Whoever cannot have a second connection reads with one. */
static enum status
try_second(struct conn *conn, const struct snapshot_set *set, const struct table *table,
           const struct name_list *columns, struct reader *out, struct arena *arena, struct err *err)
{
    enum { FROM_BYTES = 32 << 20 };
    const char *token;
    uint64_t pages;
    struct err ignored;
    if (set->url == NULL || table->bytes_estimate < FROM_BYTES) {
        return STATUS_OK;
    }
    TRY(conn_share_rows(conn, table, arena, &token, &pages, err));
    if (pages < 2) {
        return STATUS_OK;
    }
    out->part = *table;
    out->part.from_page = pages / 2;
    if (open_reader(conn, set->url, token, columns, out, &ignored) != STATUS_OK) {
        close_reader(out);
        *out = (struct reader){.conn = NULL};
    }
    return STATUS_OK;
}

static enum status
write_rows(struct dump *first, struct dump *second, const char *path, const struct snapshot_header *header,
           const struct snapshot_set *set, struct snapshot_totals *out, struct err *err)
{
    const struct snapshot_options options = {
        .in_background = true, .verifiers = 2, .unflushed_max = set->unflushed_max}; /* the server rests */
    struct snapshot_writer *writer;
    int64_t rows = 0;
    TRY(snapshot_create(path, header, &options, &writer, err));
    enum status status = second == NULL ? copy_by_one(first, writer, &rows, err)
                                        : copy_by_two(first, second, writer, &rows, err);
    if (status != STATUS_OK) {
        snapshot_discard(writer);
        return status;
    }
    return snapshot_finish(writer, rows, out, err);
}

enum status
snapshot_take_rows(struct conn *conn, const struct table *table, const struct name_list *columns,
                   const char *kind, const struct snapshot_set *set, struct snapshot_table *out,
                   struct arena *arena, struct err *err)
{
    DUMP_SCOPED *dump = NULL;
    CLEANUP(close_reader) struct reader second = {.conn = NULL};
    struct table part = *table;
    if (columns->n == 0) {
        return err_raise(err, STATUS_UNSUPPORTED, "the table has no columns to save");
    }
    TRY(try_second(conn, set, table, columns, &second, arena, err));
    part.until_page = second.part.from_page;
    TRY(dump_open(conn, &part, columns->items, columns->n, &dump, err));
    struct snapshot_header header =
        snapshot_header_of(conn, set, table, columns->items, dump->forms, columns->n, arena);
    header.kind = kind;
    return write_rows(dump, second.dump, snapshot_set_path(set, out, arena), &header, set, &out->totals, err);
}

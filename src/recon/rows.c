#include "recon/rows.h"

#include "base/io.h"

#include <ctype.h>
#include <stdlib.h>

/* -- names -------------------------------------------------------------------------------------------------
 */

const char *
rows_canonical_name(const char *name, struct arena *arena)
{
    char *out = arena_strdup(arena, name);
    size_t n = 0;
    for (const char *at = name; *at != '\0'; at++) {
        if (*at != '_') {
            out[n++] = (char)tolower((unsigned char)*at);
        }
    }
    out[n] = '\0';
    return n == 0 ? name : out;
}

bool
rows_same_name(const char *a, const char *b)
{
    ARENA_SCOPED scratch = {0};
    return strcmp(rows_canonical_name(a, &scratch), rows_canonical_name(b, &scratch)) == 0;
}

/* -- sources -----------------------------------------------------------------------------------------------
 */

/* `*place`: where in the key it is. */
static bool
is_in_key(const struct table_key *key, const char *column, size_t *place)
{
    for (size_t i = 0; key != NULL && i < key->n_columns; i++) {
        if (str_eq(key->columns[i], column)) {
            *place = i;
            return true;
        }
    }
    return false;
}

static void
take_columns(struct rows_source *source, struct arena *arena)
{
    const struct table *table = &source->table;
    const struct table_key *key = table->n_keys == 0 ? NULL : &table->keys[0];
    source->columns = arena_new_array(arena, struct rows_column, table->n_columns + 1);
    source->left_out = arena_new_array(arena, const char *, table->n_columns + 1);
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct column *column = &table->columns[i];
        if (column->is_generated) {
            source->left_out[source->n_left_out++] = column->name;
            continue;
        }
        size_t place = 0;
        bool is_key = is_in_key(key, column->name, &place);
        source->columns[source->n_columns++] =
            (struct rows_column){.name = column->name,
                                 .type = column->type.name == NULL ? "" : column->type.name,
                                 .kind = canon_kind_of(&column->type, NULL),
                                 .is_key = is_key,
                                 .key_place = place};
    }
}

enum status
rows_of_table(struct conn *conn, const char *qualified, struct arena *arena, struct rows_source *out,
              struct err *err)
{
    *out = (struct rows_source){.name = qualified, .conn = conn};
    TRY(conn_describe(conn, qualified, arena, &out->table, err));
    out->name = out->table.qualified;
    take_columns(out, arena);
    return STATUS_OK;
}

enum status
rows_of_query(struct conn *conn, const char *sql, const char *name, struct arena *arena,
              struct rows_source *out, struct err *err)
{
    *out = (struct rows_source){.name = name, .conn = conn};
    TRY(conn_describe_query(conn, sql, name, arena, &out->table, err));
    take_columns(out, arena);
    return STATUS_OK;
}

enum status
rows_of_snapshot(const struct snapshot_reader *reader, struct arena *arena, struct rows_source *out,
                 struct err *err)
{
    const struct snapshot_header *header = snapshot_header(reader);
    *out = (struct rows_source){.name = header->table, .reader = reader};
    if (!str_eq(header->kind, "table")) {
        return err_raise(err, STATUS_USAGE, "the snapshot of '%s' does not hold whole rows", header->table);
    }
    out->columns = arena_new_array(arena, struct rows_column, header->n_columns + 1);
    out->n_columns = header->n_columns;
    for (size_t i = 0; i < header->n_columns; i++) {
        const struct snapshot_column *column = &header->columns[i];
        out->columns[i] =
            (struct rows_column){.name = column->name,
                                 .type = column->type,
                                 .kind = canon_kind_of_name(column->type, column->form),
                                 .is_key = column->key_place > 0,
                                 .key_place = column->key_place > 0 ? column->key_place - 1 : 0};
    }
    return STATUS_OK;
}

/* -- plans -------------------------------------------------------------------------------------------------
 */

struct place {
    const char *name; /* canonical */
    size_t column;
    bool is_key;
};

static int
compare_places(const void *a, const void *b)
{
    const struct place *left = a;
    const struct place *right = b;
    return left->is_key != right->is_key ? (left->is_key ? -1 : 1) : strcmp(left->name, right->name);
}

static enum status
check_key(const struct rows_source *source, const char *const *key, size_t n_key, struct err *err)
{
    for (size_t i = 0; i < n_key; i++) {
        bool is_there = false;
        for (size_t j = 0; j < source->n_columns && !is_there; j++) {
            is_there = rows_same_name(source->columns[j].name, key[i]);
        }
        if (!is_there) {
            (void)err_raise(err, STATUS_USAGE, "'%s' has no column '%s' for the key", source->name, key[i]);
            return err_hint(err, "name the key's columns with --key A,B");
        }
    }
    return STATUS_OK;
}

enum status
rows_plan_alone(const struct rows_source *source, const char *const *key, size_t n_key, struct arena *arena,
                struct rows_plan *out, struct err *err)
{
    struct place *places = arena_new_array(arena, struct place, source->n_columns + 1);
    TRY(check_key(source, key, n_key, err));
    *out = (struct rows_plan){.source = source, .n = source->n_columns};
    for (size_t i = 0; i < source->n_columns; i++) {
        const struct rows_column *column = &source->columns[i];
        places[i] = (struct place){rows_canonical_name(column->name, arena), i, column->is_key && n_key == 0};
        for (size_t j = 0; j < n_key; j++) {
            places[i].is_key = places[i].is_key || rows_same_name(column->name, key[j]);
        }
        out->n_key += places[i].is_key;
    }
    if (source->n_columns > 0) {
        qsort(places, source->n_columns, sizeof(places[0]), compare_places);
    }
    out->columns = arena_new_array(arena, size_t, source->n_columns + 1);
    out->kinds = arena_new_array(arena, enum canon_kind, source->n_columns + 1);
    for (size_t i = 0; i < source->n_columns; i++) {
        out->columns[i] = places[i].column;
        out->kinds[i] = source->columns[places[i].column].kind;
    }
    return STATUS_OK;
}

/* -- reading -----------------------------------------------------------------------------------------------
 */

struct reading {
    const struct rows_plan *plan;
    const struct rows_sink *sink;
    struct canon_coder **coders;
    size_t *places; /* of the plan's columns in the image */
    size_t n_image; /* columns of an image */
    struct span *found;
    struct span *cells;
    struct buf row;
    struct buf image; /* of a row that comes in pieces */
    struct rows_item item;
};

static void
reading_release(struct reading *reading)
{
    for (size_t i = 0; reading->coders != NULL && i < reading->plan->n; i++) {
        canon_coder_release(reading->coders[i]);
    }
    buf_release(&reading->row);
    buf_release(&reading->image);
}
#define READING_SCOPED CLEANUP(reading_release) struct reading

static struct reading
new_reading(const struct rows_plan *plan, const struct rows_sink *sink, size_t n_image, struct arena *arena)
{
    return (struct reading){.plan = plan,
                            .sink = sink,
                            .coders = arena_new_array(arena, struct canon_coder *, plan->n + 1),
                            .places = arena_new_array(arena, size_t, plan->n + 1),
                            .n_image = n_image,
                            .found = arena_new_array(arena, struct span, n_image + 1),
                            .cells = arena_new_array(arena, struct span, plan->n + 1),
                            .row = BUF_INIT(BUF_SQL_MAX),
                            .image = BUF_INIT(BUF_SQL_MAX)};
}

/* `all` has a form for every column of the source that is read, in the order of images. */
static enum status
make_coders(struct reading *reading, const char *const *all, struct arena *arena, const char *const **forms,
            struct err *err)
{
    const struct rows_plan *plan = reading->plan;
    const char **mine = arena_new_array(arena, const char *, plan->n + 1);
    for (size_t i = 0; i < plan->n; i++) {
        const struct rows_column *column = &plan->source->columns[plan->columns[i]];
        mine[i] = arena_strdup(arena, all[reading->places[i]]); /* a dump takes its own along */
        if (canon_coder_new(mine[i], column->type, plan->kinds[i], arena, &reading->coders[i], err) !=
            STATUS_OK) {
            return err_wrap(err, "column '%s' of '%s'", column->name, plan->source->name);
        }
    }
    if (forms != NULL) {
        *forms = mine;
    }
    return STATUS_OK;
}

static struct hash128
hash_of(const struct rows_plan *plan, struct span bytes)
{
    return plan->salt.len == 0 ? hash128(bytes) : hash128_keyed(plan->salt, bytes);
}

static enum status
pass_row(struct reading *reading, struct span image, struct err *err)
{
    const struct rows_plan *plan = reading->plan;
    struct rows_item *item = &reading->item;
    struct row_image rest;
    bool is_whole = row_image_read(image, reading->n_image, &rest);
    for (size_t i = 0; i < reading->n_image && is_whole; i++) {
        is_whole = row_image_next(&rest, &reading->found[i]);
    }
    if (!is_whole) {
        return err_raise(err, STATUS_CORRUPT, "a row of '%s' is torn", plan->source->name);
    }
    static const char version = CANON_VERSION;
    reading->row.len = 0;
    buf_push(&reading->row, &version, 1);
    for (size_t i = 0; i < plan->n; i++) {
        reading->cells[i] = reading->found[reading->places[i]];
        if (!canon_encode(reading->coders[i], reading->cells[i], &reading->row)) {
            return err_raise(err, STATUS_CORRUPT, "a cell of '%s' in '%s' cannot be read",
                             plan->source->columns[plan->columns[i]].name, plan->source->name);
        }
        if (i + 1 == plan->n_key) {
            item->key_bytes = (struct span){reading->row.data, reading->row.len};
        }
    }
    TRY(buf_check(&reading->row, "the row", err));
    item->bytes = (struct span){reading->row.data, reading->row.len};
    item->row = hash_of(plan, item->bytes);
    if (plan->n_key == 0) {
        item->key_bytes = item->bytes;
        item->key = item->row;
    } else {
        item->key_bytes.ptr = reading->row.data; /* it may have moved */
        item->key = hash_of(plan, item->key_bytes);
    }
    item->cells = reading->cells;
    return reading->sink->row(reading->sink->state, item, err);
}

static enum status
read_table(const struct rows_plan *plan, const struct rows_sink *sink, struct arena *arena,
           const char *const **forms, struct err *err)
{
    const struct rows_source *source = plan->source;
    READING_SCOPED reading = new_reading(plan, sink, plan->n, arena);
    const char **names = arena_new_array(arena, const char *, plan->n + 1);
    DUMP_SCOPED *dump = NULL;
    for (size_t i = 0; i < plan->n; i++) {
        names[i] = source->columns[plan->columns[i]].name;
        reading.places[i] = i;
    }
    TRY(dump_open(source->conn, &source->table, names, plan->n, &dump, err));
    TRY(make_coders(&reading, dump->forms, arena, forms, err));
    for (;;) {
        struct span image;
        TRY(dump_next(dump, &image, err));
        if (image.len == 0) {
            return STATUS_OK;
        }
        TRY(pass_row(&reading, image, err));
    }
}

static enum status
take_piece(void *state, struct span bytes, bool ends_row, struct err *err)
{
    struct reading *reading = state;
    if (ends_row && reading->image.len == 0) {
        return pass_row(reading, bytes, err);
    }
    buf_push(&reading->image, bytes.ptr, bytes.len);
    TRY(buf_check(&reading->image, "the row", err));
    if (!ends_row) {
        return STATUS_OK;
    }
    enum status status = pass_row(reading, buf_view(&reading->image), err);
    reading->image.len = 0;
    return status;
}

static enum status
read_snapshot(const struct rows_plan *plan, const struct rows_sink *sink, struct arena *arena,
              const char *const **forms, struct err *err)
{
    const struct rows_source *source = plan->source;
    const struct snapshot_header *header = snapshot_header(source->reader);
    READING_SCOPED reading = new_reading(plan, sink, plan->n, arena);
    bool *wanted = arena_new_array(arena, bool, header->n_columns + 1);
    const char **all = arena_new_array(arena, const char *, header->n_columns + 1);
    struct row_sink pieces = {take_piece, &reading};
    size_t n = 0;
    for (size_t i = 0; i < plan->n; i++) {
        wanted[plan->columns[i]] = true;
    }
    for (size_t column = 0; column < header->n_columns; column++) {
        for (size_t i = 0; i < plan->n && wanted[column]; i++) {
            if (plan->columns[i] == column) {
                reading.places[i] = n;
            }
        }
        if (wanted[column]) {
            all[n++] = header->columns[column].form;
        }
    }
    TRY(make_coders(&reading, all, arena, forms, err));
    return snapshot_read(source->reader, 0, snapshot_totals(source->reader)->groups, wanted, &pieces, err);
}

enum status
rows_read(const struct rows_plan *plan, const struct rows_sink *sink, struct arena *arena,
          const char *const **forms, struct err *err)
{
    return plan->source->reader != NULL ? read_snapshot(plan, sink, arena, forms, err)
                                        : read_table(plan, sink, arena, forms, err);
}

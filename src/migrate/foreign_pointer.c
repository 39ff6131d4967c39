/* Tools that keep one version: everything up to it is applied. */
#include "migrate/foreign.h"

#include "script/layout.h"

#include <inttypes.h>
#include <string.h>

/* -- golang-migrate: one row (version, dirty)
 * ------------------------------------------------------------------ */

static enum status
visit_golang_migrate(struct reader *reader, const struct foreign_row *row, struct err *err)
{
    const char *version = row->cells[0];
    struct value dirty = value_text(row->cells[1]);
    if (value_to_bool(&dirty)) {
        (void)err_raise(err, STATUS_POLICY, "golang-migrate left version %s dirty: a script failed half way",
                        version);
        return err_hint(err,
                        "finish or undo what that script did, by hand, then 'migrate force VERSION' with the "
                        "version that the schema now has");
    }
    if (version[0] == '-') {
        return STATUS_OK;
    }
    const char *pointer = foreign_number(reader->arena, version);
    if (reader_find(reader, pointer) == NULL) {
        reader_note_unknown(reader, pointer, "");
    }
    for (size_t i = 0; i < reader->migrations->n; i++) {
        struct adopted *adopted = &reader->out->items[i];
        if (version_compare(adopted->migration->version, pointer) <= 0) {
            adopted->is_applied = true;
        }
    }
    return STATUS_OK;
}

enum status
foreign_read_golang_migrate(struct reader *reader, struct err *err)
{
    static const char *const columns[] = {"version", "dirty"};
    return reader_rows(reader, columns, COUNT_OF(columns), NULL, visit_golang_migrate, err);
}

/* -- one row with the whole name
 * ------------------------------------------------------------------------------- */

static enum status
visit_whole_name(struct reader *reader, const struct foreign_row *row, struct err *err)
{
    (void)err;
    const char *pointer = row->cells[0];
    if (pointer[0] == '\0') {
        return STATUS_OK;
    }
    if (reader_find(reader, pointer) == NULL) {
        reader_note_unknown(reader, pointer, "");
    }
    for (size_t i = 0; i < reader->migrations->n; i++) {
        struct adopted *adopted = &reader->out->items[i];
        adopted->is_applied = adopted->is_applied || strcmp(adopted->migration->id, pointer) <= 0;
    }
    return STATUS_OK;
}

enum status
foreign_read_whole_name(struct reader *reader, struct err *err)
{
    static const char *const columns[] = {"version"};
    return reader_rows(reader, columns, COUNT_OF(columns), NULL, visit_whole_name, err);
}

/* -- authelia: a journal of moves from one version to another
 * -------------------------------------------------- */

static int64_t
number_of(const char *text)
{
    int64_t number = 0;
    (void)parse_i64(span_of(text), &number);
    return number;
}

static enum status
visit_authelia(struct reader *reader, const struct foreign_row *row, struct err *err)
{
    (void)err;
    int64_t before = number_of(row->cells[1]);
    int64_t after = number_of(row->cells[2]);
    const char *last = arena_printf(reader->arena, "%" PRId64, after);
    if (after > before && after > 0 && reader_find(reader, last) == NULL) {
        reader_note_unknown(reader, last, "");
    }
    for (size_t i = 0; i < reader->migrations->n; i++) {
        struct adopted *adopted = &reader->out->items[i];
        int64_t number = number_of(adopted->migration->version);
        if (number > before && number <= after) {
            (void)reader_apply(reader, foreign_number(reader->arena, adopted->migration->version), "",
                               row->cells[3]);
        } else if (number > after && number <= before) {
            adopted->is_applied = false;
        }
    }
    return STATUS_OK;
}

enum status
foreign_read_authelia(struct reader *reader, struct err *err)
{
    static const char *const columns[] = {"id", "version_before", "version_after", "applied"};
    return reader_rows(reader, columns, COUNT_OF(columns), "id", visit_authelia, err);
}

/* Tools that keep one row a migration. */
#include "migrate/foreign.h"

#include <string.h>

/* -- a key, and perhaps a time
 * --------------------------------------------------------------------------------- */

static enum status
visit_key(struct reader *reader, const struct foreign_row *row, struct err *err)
{
    (void)err;
    (void)reader_apply(reader, row->cells[0], "", "");
    return STATUS_OK;
}

static enum status
visit_key_and_time(struct reader *reader, const struct foreign_row *row, struct err *err)
{
    (void)err;
    (void)reader_apply(reader, row->cells[0], "", row->cells[1]);
    return STATUS_OK;
}

enum status
foreign_read_versions(struct reader *reader, struct err *err)
{
    static const char *const columns[] = {"version"};
    return reader_rows(reader, columns, COUNT_OF(columns), "version", visit_key, err);
}

enum status
foreign_read_diesel(struct reader *reader, struct err *err)
{
    static const char *const columns[] = {"version", "run_on"};
    return reader_rows(reader, columns, COUNT_OF(columns), "version", visit_key_and_time, err);
}

enum status
foreign_read_sql_migrate(struct reader *reader, struct err *err)
{
    static const char *const columns[] = {"id", "applied_at"};
    return reader_rows(reader, columns, COUNT_OF(columns), "applied_at", visit_key_and_time, err);
}

enum status
foreign_read_node_pg_migrate(struct reader *reader, struct err *err)
{
    static const char *const columns[] = {"name", "run_on", "id"};
    return reader_rows(reader, columns, COUNT_OF(columns), "id", visit_key_and_time, err);
}

/* -- popx: versions were once cut to 14 digits; such rows stay beside the long ones
 * ---------------------------- */

static bool
is_old_form(const struct reader *reader, const char *version)
{
    enum { OLD_LEN = 14 };
    if (strlen(version) != OLD_LEN) {
        return false;
    }
    for (size_t i = 0; i < reader->migrations->n; i++) {
        if (str_starts(reader->migrations->items[i].version, version)) {
            return true;
        }
    }
    return false;
}

static enum status
visit_popx(struct reader *reader, const struct foreign_row *row, struct err *err)
{
    if (reader_find(reader, row->cells[0]) == NULL && is_old_form(reader, row->cells[0])) {
        return STATUS_OK;
    }
    return visit_key(reader, row, err);
}

enum status
foreign_read_popx(struct reader *reader, struct err *err)
{
    static const char *const columns[] = {"version"};
    return reader_rows(reader, columns, COUNT_OF(columns), "version", visit_popx, err);
}

/* -- goose: rows are added and, by older releases, contradicted; the newest of a version counts
 * ---------------- */

static enum status
visit_goose(struct reader *reader, const struct foreign_row *row, struct err *err)
{
    (void)err;
    const char *version = row->cells[0];
    struct value applied = value_text(row->cells[1]);
    if (str_eq(version, "0")) {
        return STATUS_OK; /* written when the table was made */
    }
    struct adopted *adopted = reader_find(reader, version);
    if (value_to_bool(&applied)) {
        (void)reader_apply(reader, version, "", row->cells[2]);
    } else if (adopted != NULL) {
        adopted->is_applied = false;
    }
    return STATUS_OK;
}

enum status
foreign_read_goose(struct reader *reader, struct err *err)
{
    static const char *const columns[] = {"version_id", "is_applied", "tstamp", "id"};
    return reader_rows(reader, columns, COUNT_OF(columns), "id", visit_goose, err);
}

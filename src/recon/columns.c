#include "recon/columns.h"

#include "recon/canon_view.h"

const char *
check_place(const struct check *check, size_t side, struct arena *arena)
{
    const char *place =
        arena_printf(arena, "%s:%zu: check '%s'", check->file, check->sides[side].line, check->name);
    return check->n_sides == 1 ? place
                               : arena_printf(arena, "%s, side '%s'", place, check_side_name(check, side));
}

static size_t
find_column(const struct rows_source *source, const char *name)
{
    size_t near = source->n_columns;
    for (size_t i = 0; i < source->n_columns; i++) {
        if (str_eq_nocase(source->columns[i].name, name)) {
            return i;
        }
        near = near == source->n_columns && rows_same_name(source->columns[i].name, name) ? i : near;
    }
    return near;
}

enum status
columns_find(const struct check *check, size_t side, const struct rows_source *source, const char *name,
             size_t *out, struct err *err)
{
    *out = find_column(source, name);
    if (*out < source->n_columns) {
        return STATUS_OK;
    }
    ARENA_SCOPED scratch = {0};
    const char **names = arena_new_array(&scratch, const char *, source->n_columns + 1);
    BUF_SCOPED all = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = 0; i < source->n_columns; i++) {
        names[i] = source->columns[i].name;
        buf_printf(&all, "%s%s", i == 0 ? "" : ", ", names[i]);
    }
    const char *near = nearest_name(name, names, source->n_columns);
    (void)err_raise(err, STATUS_USAGE, "%s: the query has no column '%s'", check_place(check, side, &scratch),
                    name);
    return near == NULL ? err_hint(err, "it has %s; another name is given with AS", buf_cstr(&all))
                        : err_hint(err, "did you mean '%s'? Another name is given with AS", near);
}

enum status
columns_check_sum(const struct check *check, size_t side, const struct rows_column *column, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    switch (column->kind) {
    case CANON_NUMBER:
    case CANON_ANY:
    case CANON_BOOL:
        return STATUS_OK;
    case CANON_DOUBLE:
    case CANON_SINGLE:
        (void)err_raise(err, STATUS_USAGE,
                        "%s: column '%s' is a float (%s), and floats do not add up exactly",
                        check_place(check, side, &scratch), column->name, column->type);
        return err_hint(err, "sum decimals or whole numbers: sum(cast(x as decimal(20,2)))");
    case CANON_TEXT:
    case CANON_BYTES:
    case CANON_UUID:
    case CANON_DATE:
    case CANON_TIME:
    case CANON_TIMETZ:
    case CANON_CIVIL:
    case CANON_INSTANT:
    case CANON_INTERVAL:
    case CANON_BIT:
    case CANON_SET:
    case CANON_JSON:
    case CANON_ARRAY:
    case CANON_OPAQUE:
        break;
    }
    (void)err_raise(err, STATUS_USAGE, "%s: column '%s' is %s, not a number",
                    check_place(check, side, &scratch), column->name, column->type);
    return err_hint(err,
                    "an invariant of two queries compares sums; to compare other values use check=match");
}

enum status
columns_check_exact(const struct check *check, size_t side, const char *name, struct span cell,
                    struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct decimal number;
    if (canon_is_null(cell) || canon_decimal(cell, &number)) {
        return STATUS_OK;
    }
    (void)err_raise(err, STATUS_USAGE, "%s: column '%s' is no exact number",
                    check_place(check, side, &scratch), name);
    return err_hint(err, "sum whole numbers or decimals: sum(cast(round(x * 100) as integer)), "
                         "sum(cast(x as decimal(20,2)))");
}

enum status
columns_check_time(const struct check *check, size_t side, const struct rows_column *column, struct err *err)
{
    static const enum canon_kind times[] = {CANON_DATE, CANON_CIVIL, CANON_INSTANT, CANON_TEXT, CANON_ANY};
    ARENA_SCOPED scratch = {0};
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        if (column->kind == times[i]) {
            return STATUS_OK;
        }
    }
    (void)err_raise(err, STATUS_USAGE, "%s: column '%s' is %s, no time", check_place(check, side, &scratch),
                    column->name, column->type);
    return err_hint(err, "late= names a column with date and time: to_timestamp(x), from_unixtime(x), "
                         "datetime(x, 'unixepoch')");
}

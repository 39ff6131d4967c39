#include "mysql/my_cell.h"

#include "base/buf.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BINARY_CHARSET = 63, FIRST_CAP = 64 };

/* char in MariaDB's library, bool in Oracle's. */
typedef __typeof__(*((MYSQL_BIND *)0)->is_null) flag;

enum cell_kind { CELL_INT, CELL_FLOAT, CELL_DOUBLE, CELL_TIME, CELL_TEXT, CELL_BYTES };

struct cell {
    enum cell_kind kind;
    enum enum_field_types type; /* of the column */
    unsigned decimals;
    flag is_null;
    flag is_cut;
    unsigned long len;
    union {
        long long number;
        double real;
        float single;
        MYSQL_TIME time;
    } at;
    struct buf text; /* the value's text, or the buffer that it is fetched into */
};

void
cells_release(struct cells *cells)
{
    for (size_t i = 0; i < cells->n; i++) {
        buf_release(&cells->items[i].text);
    }
    arena_release(&cells->arena);
    *cells = (struct cells){0};
}

/* -- parameters ---------------------------------------------------------------------------------------- */

static void
bind_param(MYSQL_BIND *bind, const struct value *value, struct arena *scratch)
{
    int64_t number;
    bind->buffer_type = value->kind == VALUE_BYTES ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
    bind->buffer = arena_strndup(scratch, value->bytes.ptr, value->bytes.len);
    bind->buffer_length = value->bytes.len;
    if (value->kind == VALUE_NULL) {
        bind->buffer_type = MYSQL_TYPE_NULL;
    } else if (value->kind == VALUE_INT && parse_i64(value->bytes, &number)) {
        bind->buffer_type = MYSQL_TYPE_LONGLONG;
        bind->buffer = arena_alloc(scratch, sizeof(number));
        memcpy(bind->buffer, &number, sizeof(number));
    } else if (value->kind == VALUE_FLOAT) {
        double real = strtod(bind->buffer, NULL);
        bind->buffer_type = MYSQL_TYPE_DOUBLE;
        bind->buffer = arena_alloc(scratch, sizeof(real));
        memcpy(bind->buffer, &real, sizeof(real));
    }
}

bool
cells_bind_params(MYSQL_STMT *stmt, const struct value *params, size_t n, struct arena *scratch)
{
    MYSQL_BIND *binds = arena_new_array(scratch, MYSQL_BIND, n);
    for (size_t i = 0; i < n; i++) {
        bind_param(&binds[i], &params[i], scratch);
    }
    return !mysql_stmt_bind_param(stmt, binds);
}

/* -- results ------------------------------------------------------------------------------------------- */

static enum cell_kind
kind_of(const MYSQL_FIELD *field)
{
    switch ((int)field->type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_YEAR:
        return CELL_INT;
    case MYSQL_TYPE_FLOAT:
        return CELL_FLOAT;
    case MYSQL_TYPE_DOUBLE:
        return CELL_DOUBLE;
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_TIME:
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_TIMESTAMP:
        return CELL_TIME;
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL:
    case MYSQL_TYPE_NULL:
    case 245: /* MYSQL_TYPE_JSON, which older headers do not know */
        return CELL_TEXT;
    default: /* strings of all lengths, enumerations, bits, shapes */
        return field->charsetnr == BINARY_CHARSET ? CELL_BYTES : CELL_TEXT;
    }
}

static void
bind_cell(struct cell *cell, MYSQL_BIND *bind, const MYSQL_FIELD *field)
{
    cell->kind = kind_of(field);
    cell->type = field->type;
    cell->decimals = field->decimals;
    cell->text = (struct buf)BUF_INIT(BUF_SQL_MAX);
    bind->is_null = &cell->is_null;
    bind->error = &cell->is_cut;
    bind->length = &cell->len;
    bind->buffer = &cell->at;
    bind->buffer_length = sizeof(cell->at);
    switch (cell->kind) {
    case CELL_INT:
        bind->buffer_type = MYSQL_TYPE_LONGLONG;
        bind->is_unsigned = (field->flags & UNSIGNED_FLAG) != 0;
        break;
    case CELL_FLOAT:
        bind->buffer_type = MYSQL_TYPE_FLOAT;
        break;
    case CELL_DOUBLE:
        bind->buffer_type = MYSQL_TYPE_DOUBLE;
        break;
    case CELL_TIME:
        bind->buffer_type = field->type;
        break;
    case CELL_TEXT:
    case CELL_BYTES:
        bind->buffer_type = cell->kind == CELL_TEXT ? MYSQL_TYPE_STRING : MYSQL_TYPE_BLOB;
        bind->buffer_length = FIRST_CAP;
        bind->buffer = buf_room(&cell->text, FIRST_CAP);
        break;
    }
}

bool
cells_bind_result(struct cells *cells, MYSQL_STMT *stmt)
{
    cells_release(cells);
    MYSQL_RES *meta = mysql_stmt_result_metadata(stmt);
    if (meta == NULL) {
        return false;
    }
    size_t n = mysql_num_fields(meta);
    cells->items = arena_new_array(&cells->arena, struct cell, n);
    cells->values = arena_new_array(&cells->arena, struct value, n);
    cells->binds = arena_new_array(&cells->arena, MYSQL_BIND, n);
    cells->n = n;
    for (size_t i = 0; i < n; i++) {
        bind_cell(&cells->items[i], &cells->binds[i], mysql_fetch_field_direct(meta, (unsigned)i));
    }
    mysql_free_result(meta);
    return !mysql_stmt_bind_result(stmt, cells->binds);
}

/* The fewest digits that read back to the same number. */
static void
print_double(struct buf *out, double real)
{
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, real);
        double again = strtod(text, NULL);
        if (again >= real && again <= real) {
            break;
        }
    }
    buf_str(out, text);
}

static void
print_float(struct buf *out, float single)
{
    char text[32];
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, (double)single);
        float again = strtof(text, NULL);
        if (again >= single && again <= single) {
            break;
        }
    }
    buf_str(out, text);
}

static void
print_time(struct buf *out, const struct cell *cell)
{
    const MYSQL_TIME *time = &cell->at.time;
    unsigned decimals = cell->decimals > 6 ? 6 : cell->decimals;
    if (cell->type == MYSQL_TYPE_TIME) {
        buf_printf(out, "%s%02u:%02u:%02u", time->neg ? "-" : "", time->day * 24 + time->hour, time->minute,
                   time->second);
    } else {
        buf_printf(out, "%04u-%02u-%02u", time->year, time->month, time->day);
    }
    if (cell->type == MYSQL_TYPE_DATETIME || cell->type == MYSQL_TYPE_TIMESTAMP) {
        buf_printf(out, " %02u:%02u:%02u", time->hour, time->minute, time->second);
    }
    if (decimals > 0 && cell->type != MYSQL_TYPE_DATE) {
        char fraction[32];
        snprintf(fraction, sizeof(fraction), "%06lu", time->second_part);
        buf_printf(out, ".%.*s", (int)decimals, fraction);
    }
}

/* Values longer than the buffer are fetched again into a larger one, which the next rows use as well. */
static bool
fetch_rest(struct cells *cells, MYSQL_STMT *stmt, size_t i, bool *has_grown)
{
    struct cell *cell = &cells->items[i];
    MYSQL_BIND *bind = &cells->binds[i];
    if (cell->len <= bind->buffer_length) {
        return true;
    }
    buf_reset(&cell->text);
    char *room = buf_room(&cell->text, cell->len);
    if (room == NULL) {
        return false;
    }
    bind->buffer = room;
    bind->buffer_length = cell->len;
    *has_grown = true;
    return mysql_stmt_fetch_column(stmt, bind, (unsigned)i, 0) == 0;
}

static struct value
read_cell(struct cell *cell, const MYSQL_BIND *bind)
{
    if (cell->is_null) {
        return value_null();
    }
    if (cell->kind == CELL_TEXT || cell->kind == CELL_BYTES) {
        return (struct value){cell->kind == CELL_TEXT ? VALUE_TEXT : VALUE_BYTES, {bind->buffer, cell->len}};
    }
    enum value_kind kind = cell->kind == CELL_INT ? VALUE_INT : VALUE_FLOAT;
    buf_reset(&cell->text);
    if (cell->kind == CELL_INT && bind->is_unsigned) {
        buf_printf(&cell->text, "%llu", (unsigned long long)cell->at.number);
    } else if (cell->kind == CELL_INT) {
        buf_printf(&cell->text, "%lld", cell->at.number);
    } else if (cell->kind == CELL_DOUBLE) {
        print_double(&cell->text, cell->at.real);
    } else if (cell->kind == CELL_FLOAT) {
        print_float(&cell->text, cell->at.single);
    } else {
        kind = VALUE_TEXT;
        print_time(&cell->text, cell);
    }
    return (struct value){kind, buf_view(&cell->text)};
}

const struct value *
cells_read(struct cells *cells, MYSQL_STMT *stmt)
{
    bool has_grown = false;
    for (size_t i = 0; i < cells->n; i++) {
        struct cell *cell = &cells->items[i];
        bool is_text = cell->kind == CELL_TEXT || cell->kind == CELL_BYTES;
        if (is_text && !cell->is_null && !fetch_rest(cells, stmt, i, &has_grown)) {
            return NULL;
        }
        cells->values[i] = read_cell(cell, &cells->binds[i]);
    }
    if (has_grown && mysql_stmt_bind_result(stmt, cells->binds)) {
        return NULL;
    }
    return cells->values;
}

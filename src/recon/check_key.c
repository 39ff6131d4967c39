#include "recon/check_key.h"

#include "base/buf.h"
#include "recon/decimal.h"

#include <stdarg.h>
#include <string.h>

enum status
check_refuse(struct check_reader *reader, const char *fmt, ...)
{
    ARENA_SCOPED scratch = {0};
    va_list args;
    va_start(args, fmt);
    const char *text = arena_vprintf(&scratch, fmt, args);
    va_end(args);
    size_t line;
    size_t column;
    struct span before = {reader->line_start, (size_t)(reader->at - reader->line_start)};
    text_position(before, before.len, &line, &column);
    return err_raise(reader->err, STATUS_USAGE, "%s:%zu:%zu: %s", reader->file, reader->line, column, text);
}

enum status
check_refuse_word(struct check_reader *reader, const char *what, struct span given, const char *const *known,
                  size_t n)
{
    BUF_SCOPED all = BUF_INIT(BUF_TEXT_MAX);
    const char *word = arena_strndup(reader->arena, given.ptr, given.len);
    const char *near = nearest_name(word, known, n);
    (void)check_refuse(reader, "there is no %s '%s'", what, word);
    for (size_t i = 0; i < n; i++) {
        buf_printf(&all, "%s%s", i == 0 ? "" : ", ", known[i]);
    }
    return near == NULL ? err_hint(reader->err, "there are %s", buf_cstr(&all))
                        : err_hint(reader->err, "did you mean '%s'?", near);
}

/* -- values --------------------------------------------------------------------------------------------- */

static char *
copy_of(struct check_reader *reader, struct span value)
{
    return arena_strndup(reader->arena, value.ptr, value.len);
}

static enum status
set_names(struct check_reader *reader, struct span value, struct name_span *out)
{
    VEC(const char *) names = {0};
    struct span rest = value;
    for (bool more = true; more;) {
        const char *comma = rest.len == 0 ? NULL : memchr(rest.ptr, ',', rest.len);
        size_t len = comma == NULL ? rest.len : (size_t)(comma - rest.ptr);
        struct span name = span_trim((struct span){rest.ptr, len});
        if (name.len == 0) {
            (void)check_refuse(reader, "'%.*s' holds an empty name", (int)value.len, value.ptr);
            return err_hint(reader->err, "names are joined by single commas: a,b");
        }
        for (size_t i = 0; i < names.n; i++) {
            if (span_is_nocase(name, names.items[i])) {
                (void)check_refuse(reader, "the column '%s' is named twice", names.items[i]);
                return err_hint(reader->err, "name it once");
            }
        }
        vec_push(reader->arena, &names, copy_of(reader, name));
        more = comma != NULL;
        rest = more ? (struct span){comma + 1, rest.len - len - 1} : rest;
    }
    *out = (struct name_span){names.items, names.n};
    return STATUS_OK;
}

static enum status
set_time(struct check_reader *reader, struct span value, uint64_t *out_us)
{
    uint64_t ms;
    if (!parse_duration(value, &ms) || ms > UINT64_MAX / 1000) {
        (void)check_refuse(reader, "'%.*s' is no time", (int)value.len, value.ptr);
        return err_hint(reader->err, "write it like 250ms, 30s, 5m or 1h");
    }
    *out_us = ms * 1000;
    return STATUS_OK;
}

static struct column_rule *
rule_of(struct check_reader *reader, struct span column)
{
    struct check *check = reader->check;
    for (size_t i = 0; i < check->rules.n; i++) {
        if (span_is_nocase(column, check->rules.items[i].column)) {
            return &check->rules.items[i];
        }
    }
    vec_push(reader->arena, &check->rules, (struct column_rule){.column = copy_of(reader, column)});
    return &check->rules.items[check->rules.n - 1];
}

/* "0.01", "0.5%" of the greater one, "2s" between times. */
static enum status
set_tolerance(struct check_reader *reader, struct span column, struct span value)
{
    struct column_rule *rule = rule_of(reader, column);
    bool is_share = value.len > 1 && value.ptr[value.len - 1] == '%';
    struct span number = {value.ptr, value.len - is_share};
    struct decimal decimal;
    uint64_t ms;
    if (decimal_parse(number, &decimal) && !decimal.is_negative) {
        if (is_share) {
            decimal.scale += 2;
            rule->relative = decimal_text(&decimal, reader->arena);
        } else {
            rule->absolute = decimal_text(&decimal, reader->arena);
        }
        return STATUS_OK;
    }
    if (parse_duration(value, &ms) && ms < UINT64_MAX / 1000) {
        rule->time_us = ms * 1000;
        return STATUS_OK;
    }
    (void)check_refuse(reader, "the tolerance of '%.*s' cannot be '%.*s'", (int)column.len, column.ptr,
                       (int)value.len, value.ptr);
    return err_hint(reader->err, "a number (0.01), a share (0.5%%) or a time (2s)");
}

static enum status
set_rule(struct check_reader *reader, struct span column, struct span value)
{
    static const char *const names[] = {"nocase", "trim", "empty-is-null"};
    struct column_rule *rule = rule_of(reader, column);
    struct name_span given;
    TRY(set_names(reader, value, &given));
    for (size_t i = 0; i < given.n; i++) {
        if (str_eq(given.items[i], names[0])) {
            rule->ignores_case = true;
        } else if (str_eq(given.items[i], names[1])) {
            rule->trims = true;
        } else if (str_eq(given.items[i], names[2])) {
            rule->empty_is_null = true;
        } else {
            return check_refuse_word(reader, "rule", span_of(given.items[i]), names, COUNT_OF(names));
        }
    }
    return STATUS_OK;
}

/* -- keys ----------------------------------------------------------------------------------------------- */

static enum status
set_name(struct check_reader *reader, struct span column, struct span value)
{
    (void)column;
    reader->check->name = copy_of(reader, value);
    return STATUS_OK;
}

static enum status
set_about(struct check_reader *reader, struct span column, struct span value)
{
    (void)column;
    reader->check->about = copy_of(reader, value);
    return STATUS_OK;
}

static enum status
set_service(struct check_reader *reader, struct span column, struct span value)
{
    (void)column;
    if (reader->side != NULL) {
        reader->side->service = copy_of(reader, value);
    } else {
        reader->check->sides[0].service = copy_of(reader, value);
        reader->check->sides[1].service = reader->check->sides[0].service;
    }
    return STATUS_OK;
}

static enum status
set_key(struct check_reader *reader, struct span column, struct span value)
{
    (void)column;
    return set_names(reader, value, &reader->check->key);
}

static enum status
set_compare(struct check_reader *reader, struct span column, struct span value)
{
    (void)column;
    return set_names(reader, value, &reader->check->compare);
}

static enum status
set_agree(struct check_reader *reader, struct span column, struct span value)
{
    (void)column;
    return set_names(reader, value, &reader->check->agree);
}

static enum status
set_late(struct check_reader *reader, struct span column, struct span value)
{
    (void)column;
    reader->check->late = copy_of(reader, value);
    return STATUS_OK;
}

static enum status
set_grace(struct check_reader *reader, struct span column, struct span value)
{
    (void)column;
    return set_time(reader, value, &reader->check->grace_us);
}

static enum status
set_truth(struct check_reader *reader, struct span column, struct span value)
{
    const char *names[] = {check_side_name(reader->check, 0), check_side_name(reader->check, 1)};
    (void)column;
    for (int i = 0; i < 2; i++) {
        if (span_is(value, names[i])) {
            reader->check->truth = i;
            return STATUS_OK;
        }
    }
    return check_refuse_word(reader, "side", value, names, 2);
}

static enum status
set_table(struct check_reader *reader, struct span column, struct span value)
{
    (void)column;
    reader->side->table = copy_of(reader, value);
    return STATUS_OK;
}

static enum status
set_column(struct check_reader *reader, struct span column, struct span value)
{
    vec_push(reader->arena, &reader->side->columns,
             (struct column_name){copy_of(reader, column), copy_of(reader, value)});
    return STATUS_OK;
}

enum place { AT_HEAD = 1, AT_SIDE = 2, OF_COLUMN = 4 };

static const struct check_key {
    const char *name;
    unsigned places;
    enum status (*set)(struct check_reader *reader, struct span column, struct span value);
} keys[] = {
    {"name", AT_HEAD, set_name},
    {"about", AT_HEAD, set_about},
    {"service", AT_HEAD | AT_SIDE, set_service},
    {"key", AT_HEAD, set_key},
    {"compare", AT_HEAD, set_compare},
    {"agree", AT_HEAD, set_agree},
    {"tolerance", AT_HEAD | OF_COLUMN, set_tolerance},
    {"rule", AT_HEAD | OF_COLUMN, set_rule},
    {"late", AT_HEAD, set_late},
    {"grace", AT_HEAD, set_grace},
    {"truth", AT_HEAD, set_truth},
    {"table", AT_SIDE, set_table},
    {"column", AT_SIDE | OF_COLUMN, set_column},
};

static enum status
unknown_key(struct check_reader *reader, struct span key)
{
    const char *names[COUNT_OF(keys) + 2] = {"check", "side"};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        names[i + 2] = keys[i].name;
    }
    return check_refuse_word(reader, "directive", key, names, COUNT_OF(names));
}

static enum status
check_place(struct check_reader *reader, const struct check_key *key, struct span column)
{
    unsigned place = reader->side == NULL ? AT_HEAD : AT_SIDE;
    uint64_t bit = (uint64_t)1 << (key - keys);
    if ((key->places & place) == 0) {
        (void)check_refuse(reader, "'%s' belongs %s", key->name,
                           place == AT_HEAD ? "to one side" : "before the first side");
        return place == AT_HEAD ? err_hint(reader->err, "write it on the line with side=")
                                : err_hint(reader->err, "write it on the line with check=");
    }
    if (((key->places & OF_COLUMN) != 0) != (column.len > 0)) {
        (void)check_refuse(reader,
                           column.len == 0 ? "'%s' does not say of which column" : "'%s' is not of a column",
                           key->name);
        return column.len == 0 ? err_hint(reader->err, "write %s.COLUMN=VALUE", key->name)
                               : err_hint(reader->err, "write %s=VALUE", key->name);
    }
    if (column.len == 0 && (reader->seen & bit) != 0) {
        (void)check_refuse(reader, "'%s' is given twice", key->name);
        return err_hint(reader->err, "leave one of the two out");
    }
    reader->seen |= bit;
    return STATUS_OK;
}

enum status
check_set(struct check_reader *reader, struct span key, struct span value)
{
    const char *dot = memchr(key.ptr, '.', key.len);
    size_t len = dot == NULL ? key.len : (size_t)(dot - key.ptr);
    struct span name = {key.ptr, len};
    struct span column = dot == NULL ? (struct span){"", 0} : (struct span){dot + 1, key.len - len - 1};
    const struct check_side *filled = reader->side == NULL ? &reader->check->sides[0] : reader->side;
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        if (!span_is(name, keys[i].name)) {
            continue;
        }
        if (filled->sql.ptr != NULL) {
            (void)check_refuse(reader, "'%s' comes after the query it is about", keys[i].name);
            return err_hint(reader->err, "directives stand above the SQL; check= begins another check");
        }
        TRY(check_place(reader, &keys[i], column));
        return keys[i].set(reader, column, value);
    }
    return unknown_key(reader, name);
}

/* -- ends ----------------------------------------------------------------------------------------------- */

/* Points at the line where the check begins, whatever line was read last. */
static enum status
incomplete(struct check_reader *reader, const char *what, const char *hint)
{
    const struct check *check = reader->check;
    (void)err_raise(reader->err, STATUS_USAGE, "%s:%zu:1: this %s %s", reader->file, check->line,
                    check_kind_name(check->kind), what);
    return err_hint(reader->err, "%s", hint);
}

enum status
check_close_side(struct check_reader *reader)
{
    const struct check *check = reader->check;
    if (reader->side == NULL) {
        return check->sides[0].sql.ptr == NULL
                   ? STATUS_OK
                   : incomplete(reader, "has SQL before its first side", "write side= above each query");
    }
    return reader->side->sql.ptr != NULL
               ? STATUS_OK
               : incomplete(reader, "has a side without a query", "write the query below its side= line");
}

static enum status
close_invariant(struct check_reader *reader)
{
    const struct check *check = reader->check;
    bool has_sums = check->n_sides == 2;
    if (check->agree.n == 1) {
        return incomplete(reader, "lets one column agree with nothing", "name two: agree=debit,credit");
    }
    if (has_sums && check->agree.n > 0) {
        return incomplete(reader, "has two queries and 'agree', too",
                          "'agree' compares columns of one query; two queries are compared with each other");
    }
    if (!has_sums && check->compare.n > 0) {
        return incomplete(reader, "has 'compare' and only one query",
                          "use agree=A,B for columns of one row, or write two sides");
    }
    if (check->late != NULL || check->truth >= 0) {
        return incomplete(reader, "has 'late' or 'truth', which are a match's",
                          "put the condition into the query's WHERE, or make it check=match");
    }
    return STATUS_OK;
}

static enum status
close_match(struct check_reader *reader)
{
    const struct check *check = reader->check;
    if (check->n_sides != 2) {
        return incomplete(
            reader, "needs two queries",
            check->kind == CHECK_MATCH
                ? "write -- rollcall: side=left service=A, a query, and the same with side=right"
                : "write -- rollcall: side=events, a query that folds them, and side=state");
    }
    if (check->key.n == 0) {
        return incomplete(reader, "has no key",
                          "add key=COLUMN,...: what makes a row of one side that of the other");
    }
    if (check->agree.n > 0) {
        return incomplete(reader, "has 'agree', which is an invariant's", "name the columns with compare=");
    }
    if ((check->late == NULL) != (check->grace_us == 0)) {
        return incomplete(reader, "has one of 'late' and 'grace'",
                          "write late=COLUMN grace=5m: rows younger than that are late, not missing");
    }
    for (size_t i = 0; i < check->compare.n; i++) {
        for (size_t k = 0; k < check->key.n; k++) {
            if (str_eq_nocase(check->compare.items[i], check->key.items[k])) {
                return incomplete(reader, "compares a column of its key", "name it in key= only");
            }
        }
    }
    return STATUS_OK;
}

enum status
check_close(struct check_reader *reader)
{
    struct check *check = reader->check;
    if (check == NULL) {
        return STATUS_OK;
    }
    if (check->n_sides > 0) {
        TRY(check_close_side(reader));
    }
    if (check->n_sides == 1) {
        return incomplete(reader, "has one side", "write the query of the other side, below its side= line");
    }
    if (check->n_sides == 0 && check->sides[0].sql.ptr == NULL) {
        return incomplete(reader, "has no query", "write the SQL below it");
    }
    TRY(check->kind == CHECK_INVARIANT ? close_invariant(reader) : close_match(reader));
    check->n_sides = check->n_sides == 0 ? 1 : 2;
    check->truth = check->kind == CHECK_REPLAY && check->truth < 0 ? 0 : check->truth;
    return STATUS_OK;
}

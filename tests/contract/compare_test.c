/* A data set on one engine, its copy on another, and differences put into the copy: what is found is what was
 * put in, over all pairs of engines. ROLLCALL_COMPARE_SEEDS says how many sets a pair (12). */
#include "recon/compare.h"

#include "contract/pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMN_MAX_HERE = 9, ROWS = 40, ROWS_MAX = 2 * ROWS, TEXT_ROOM = 48 };

enum kind { INT, DECIMAL, DOUBLE, TEXT, TEXT_2, BYTES, BOOL, DATE, STAMP, JSON, KIND_COUNT };

/* -- values: a number, a text for text, and what makes two spellings of one value differ -------------------
 */

struct cell_value {
    bool is_null;
    bool is_bumped;  /* a double: the next one; a time: an hour later */
    bool is_respelt; /* another spelling of the same value */
    uint64_t n;
    char text[TEXT_ROOM];
};

struct data_row {
    uint64_t id;
    struct cell_value cells[KIND_COUNT];
    unsigned copies;
    bool is_gone;
};

/* What the comparison has to say of a row. */
struct expected {
    bool is_missing;
    bool is_extra;
    unsigned columns; /* a bit a kind */
};

struct data_set {
    uint64_t state;
    unsigned key; /* enum key_mode */
    unsigned styles[2];
    bool has[KIND_COUNT];
    struct data_row rows[2][ROWS_MAX];
    struct expected expected[ROWS_MAX];
    size_t n;
    uint64_t missing;
    uint64_t extra;
    uint64_t different;
};

enum key_mode { KEY_INT, KEY_TEXT, KEY_COMPOSITE, KEY_UUID, KEY_NONE, KEY_COUNT };

static uint64_t
draw(struct data_set *set, uint64_t bound)
{
    set->state += UINT64_C(0x9E3779B97F4A7C15); /* splitmix64 */
    uint64_t z = set->state;
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return (z ^ z >> 31) % bound;
}

static const char *const texts[] = {"",
                                    " ",
                                    "a",
                                    "NULL",
                                    "null",
                                    "ab",
                                    "c|d",
                                    "x",
                                    "it's",
                                    "1.10",
                                    "1.1",
                                    "caf\303\251",
                                    "\346\227\245",
                                    "a#b",
                                    "0",
                                    "x ",
                                    "#NULL",
                                    "(,)",
                                    "\360\237\231\202",
                                    "tab\there"};

static void
draw_value(struct data_set *set, enum kind kind, struct cell_value *out)
{
    *out = (struct cell_value){.is_null = draw(set, 8) == 0, .n = draw(set, 90000000) + 1};
    if (kind == TEXT || kind == TEXT_2) {
        (void)snprintf(out->text, sizeof(out->text), "%s", texts[draw(set, COUNT_OF(texts))]);
    }
}

static void
add_quoted(struct buf *out, const char *text)
{
    buf_char(out, '\'');
    for (; *text != '\0'; text++) {
        buf_str(out, *text == '\'' ? "''" : (const char[]){*text, '\0'});
    }
    buf_char(out, '\'');
}

static void
add_double(struct buf *out, enum engine engine, const struct cell_value *value)
{
    static const char *const suffixes[] = {
        [ENGINE_sqlite] = ".0", [ENGINE_postgres] = "::float8", [ENGINE_mysql] = "e0"};
    const char *suffix = suffixes[engine];
    buf_printf(out, "%d%s/1024%s", (int)value->n, suffix, suffix);
    if (value->is_bumped) { /* 1 + 2^-52 */
        buf_printf(out, "*(4503599627370497%s/4503599627370496%s)", suffix, suffix);
    }
}

static void
add_decimal(struct buf *out, const struct cell_value *value)
{
    unsigned whole = (unsigned)(value->n / 1000);
    unsigned behind = (unsigned)(value->n % 1000);
    if (value->is_respelt && behind % 100 == 0) {
        buf_printf(out, behind == 0 ? "%u" : "%u.%u", whole, behind / 100);
    } else {
        buf_printf(out, "%u.%03u", whole, behind);
    }
}

static void
add_value(struct buf *out, enum engine engine, enum kind kind, const struct cell_value *value)
{
    unsigned n = (unsigned)value->n;
    if (value->is_null) {
        buf_str(out, "NULL");
        return;
    }
    switch (kind) {
    case INT:
        buf_printf(out, "%s%u", n % 3 == 0 ? "-" : "", n);
        return;
    case DECIMAL:
        add_decimal(out, value);
        return;
    case DOUBLE:
        add_double(out, engine, value);
        return;
    case TEXT:
    case TEXT_2:
        add_quoted(out, value->text);
        return;
    case BYTES:
        buf_printf(out, engine == ENGINE_postgres ? "'\\x00%08xff'" : "x'00%08xff'", n);
        return;
    case BOOL:
        buf_str(out, n % 2 == 0 ? "true" : "false");
        return;
    case DATE:
        buf_printf(out, "'%04u-%02u-%02u'", 1900 + n % 200, 1 + n % 12, 1 + n % 28);
        return;
    case STAMP:
        buf_printf(out, "'%04u-%02u-%02u %02u:%02u:%02u.%06u'", 1971 + n % 60, 1 + n % 12, 1 + n % 28,
                   (n / 1000000 + value->is_bumped) % 24, n / 7 % 60, n / 11 % 60, n % 1000000);
        return;
    case JSON:
        buf_printf(out,
                   value->is_respelt ? "'{\"b\":[\"x\",null],\"a\":%u.0}'"
                                     : "'{\"a\": %u, \"b\": [\"x\", null]}'",
                   n);
        return;
    case KIND_COUNT:
        return;
    }
}

/* -- tables ------------------------------------------------------------------------------------------------
 */

static const struct {
    const char *types[ENGINE_COUNT];
    const char *names[2];
} columns[KIND_COUNT] = {
    [INT] = {{"bigint", "bigint", "bigint"}, {"item_count", "ItemCount"}},
    [DECIMAL] = {{"numeric(20,3)", "numeric", "decimal(20,3)"}, {"unit_price", "UnitPrice"}},
    [DOUBLE] = {{"real", "double precision", "double"}, {"weight", "Weight"}},
    [TEXT] = {{"text", "text", "varchar(80)"}, {"first_name", "FirstName"}},
    [TEXT_2] = {{"varchar(80)", "varchar(80)", "text"}, {"last_name", "LastName"}},
    [BYTES] = {{"blob", "bytea", "varbinary(20)"}, {"raw", "Raw"}},
    [BOOL] = {{"boolean", "boolean", "tinyint(1)"}, {"is_open", "IsOpen"}},
    [DATE] = {{"date", "date", "date"}, {"born_on", "BornOn"}},
    [STAMP] = {{"datetime", "timestamp", "datetime(6)"}, {"changed_at", "ChangedAt"}},
    [JSON] = {{"json", "jsonb", "json"}, {"more", "More"}},
};

static const struct {
    const char *types[ENGINE_COUNT];
    const char *name;
    const char *keys;
} keys[KEY_COUNT] = {
    [KEY_INT] = {{"id integer", "id integer", "id integer"}, "id", "id"},
    [KEY_TEXT] = {{"code varchar(40)", "code varchar(40)", "code varchar(40)"}, "code", "code"},
    [KEY_COMPOSITE] = {{"region text, no integer", "region varchar(9), no integer",
                        "region varchar(9), no integer"},
                       "region, no",
                       "region, no"},
    [KEY_UUID] = {{"id text", "id uuid", "id char(36)"}, "id", "id"},
    [KEY_NONE] = {{"id integer", "id integer", "id integer"}, "id", NULL},
};

static void
add_key(struct buf *out, unsigned mode, uint64_t id)
{
    unsigned n = (unsigned)id;
    switch ((enum key_mode)mode) {
    case KEY_INT:
    case KEY_NONE:
        buf_printf(out, "%u", n);
        return;
    case KEY_TEXT:
        buf_printf(out, "'k %u'", n);
        return;
    case KEY_COMPOSITE:
        buf_printf(out, "'r%u', %u", n % 5, n);
        return;
    case KEY_UUID:
        buf_printf(out, "'%08x-0000-4000-8000-0000000000ff'", n);
        return;
    case KEY_COUNT:
        return;
    }
}

static void
make_table(struct place *place, const struct data_set *set, int side)
{
    BUF_SCOPED sql = BUF_INIT(BUF_SQL_MAX);
    buf_printf(&sql, "create table items (%s%s", keys[set->key].types[place->engine],
               set->key == KEY_NONE ? "" : " not null");
    if (set->key == KEY_COMPOSITE) { /* its NOT NULL belongs to the last column; the key sees to the other */
        buf_reset(&sql);
        buf_printf(&sql, "create table items (%s", keys[set->key].types[place->engine]);
    }
    for (unsigned i = 0; i < KIND_COUNT; i++) {
        if (set->has[i]) {
            buf_printf(&sql, ", %s %s", columns[i].names[set->styles[side]], columns[i].types[place->engine]);
        }
    }
    if (keys[set->key].keys != NULL) {
        buf_printf(&sql, ", primary key (%s)", keys[set->key].keys);
    }
    buf_printf(&sql, ")%s",
               place->engine == ENGINE_mysql ? " character set utf8mb4 collate utf8mb4_bin" : "");
    conn_do(place->conn, buf_cstr(&sql));
    buf_reset(&sql);
    buf_str(&sql, "insert into items values ");
    bool is_first = true;
    for (size_t i = 0; i < set->n; i++) {
        const struct data_row *row = &set->rows[side][i];
        for (unsigned copy = 0; copy < row->copies && !row->is_gone; copy++) {
            buf_str(&sql, is_first ? "(" : ", (");
            is_first = false;
            add_key(&sql, set->key, row->id);
            for (unsigned k = 0; k < KIND_COUNT; k++) {
                if (set->has[k]) {
                    buf_str(&sql, ", ");
                    add_value(&sql, place->engine, (enum kind)k, &row->cells[k]);
                }
            }
            buf_char(&sql, ')');
        }
    }
    conn_do(place->conn, buf_cstr(&sql));
}

/* -- differences -------------------------------------------------------------------------------------------
 */

static bool
change_any(struct data_set *set, size_t at)
{
    enum kind kind = (enum kind)draw(set, KIND_COUNT);
    struct cell_value *right = &set->rows[1][at].cells[kind];
    if (!set->has[kind] || right->is_null) {
        return false;
    }
    if (kind == TEXT || kind == TEXT_2) {
        (void)snprintf(right->text, sizeof(right->text), "changed");
    } else { /* another value of every kind: the day, the bit, the microsecond */
        right->n += 1;
    }
    set->expected[at].columns = 1U << kind;
    return true;
}

static bool
null_to_empty(struct data_set *set, size_t at)
{
    set->rows[0][at].cells[TEXT] = (struct cell_value){.is_null = true};
    set->rows[1][at].cells[TEXT] = (struct cell_value){.is_null = false};
    set->expected[at].columns = 1U << TEXT;
    return set->has[TEXT];
}

static void
set_pair(struct data_row *row, const char *first, const char *second)
{
    row->cells[TEXT] = row->cells[TEXT_2] = (struct cell_value){.is_null = false};
    (void)snprintf(row->cells[TEXT].text, TEXT_ROOM, "%s", first);
    (void)snprintf(row->cells[TEXT_2].text, TEXT_ROOM, "%s", second);
}

static bool
two_texts(struct data_set *set, size_t at, const char *const pair[4])
{
    if (!set->has[TEXT] || !set->has[TEXT_2]) {
        return false;
    }
    set_pair(&set->rows[0][at], pair[0], pair[1]);
    set_pair(&set->rows[1][at], pair[2], pair[3]);
    set->expected[at].columns = 1U << TEXT | 1U << TEXT_2;
    return true;
}

static bool
swap_columns(struct data_set *set, size_t at)
{
    return two_texts(set, at, (const char *const[]){"one", "two", "two", "one"});
}

static bool
shift_boundary(struct data_set *set, size_t at)
{
    return two_texts(set, at, (const char *const[]){"ab", "c", "a", "bc"});
}

static bool
one_text(struct data_set *set, size_t at, const char *left, const char *right)
{
    set->rows[0][at].cells[TEXT] = set->rows[1][at].cells[TEXT] = (struct cell_value){.is_null = false};
    (void)snprintf(set->rows[0][at].cells[TEXT].text, TEXT_ROOM, "%s", left);
    (void)snprintf(set->rows[1][at].cells[TEXT].text, TEXT_ROOM, "%s", right);
    set->expected[at].columns = 1U << TEXT;
    return set->has[TEXT];
}

static bool
normalise_unicode(struct data_set *set, size_t at)
{
    return one_text(set, at, "caf\303\251", "cafe\314\201");
}

static bool
change_case(struct data_set *set, size_t at)
{
    return one_text(set, at, "Straight", "straight");
}

static bool
add_blank(struct data_set *set, size_t at)
{
    return one_text(set, at, "blank", "blank ");
}

static bool
zeros_in_text(struct data_set *set, size_t at)
{
    return one_text(set, at, "1.10", "1.1");
}

static bool
bump_double(struct data_set *set, size_t at)
{
    set->rows[0][at].cells[DOUBLE].is_null = set->rows[1][at].cells[DOUBLE].is_null = false;
    set->rows[1][at].cells[DOUBLE].is_bumped = true;
    set->expected[at].columns = 1U << DOUBLE;
    return set->has[DOUBLE];
}

static bool
shift_zone(struct data_set *set, size_t at)
{
    set->rows[0][at].cells[STAMP].is_null = set->rows[1][at].cells[STAMP].is_null = false;
    set->rows[1][at].cells[STAMP].is_bumped = true;
    set->expected[at].columns = 1U << STAMP;
    return set->has[STAMP];
}

/* The same values, spelled otherwise: nothing to find. */
static bool
respell(struct data_set *set, size_t at)
{
    for (int side = 0; side < 2; side++) {
        set->rows[side][at].cells[DECIMAL] = (struct cell_value){.n = 1100 + 100 * (at % 9)};
        set->rows[side][at].cells[JSON] = (struct cell_value){.n = at};
    }
    set->rows[1][at].cells[DECIMAL].is_respelt = true;
    set->rows[1][at].cells[JSON].is_respelt = true;
    return true;
}

static bool
remove_row(struct data_set *set, size_t at)
{
    set->rows[1][at].is_gone = true;
    set->expected[at].is_missing = true;
    return true;
}

static bool
add_row(struct data_set *set, size_t at)
{
    set->rows[0][at].is_gone = true;
    set->expected[at].is_extra = true;
    return true;
}

static bool (*const injections[])(struct data_set *set, size_t at) = {
    change_any, null_to_empty, swap_columns,  shift_boundary, normalise_unicode, change_case, add_blank,
    remove_row, add_row,       zeros_in_text, bump_double,    shift_zone,        respell,     change_any};

/* With no key a row that changed is one less and one more; a copy less is one less. */
static void
count_row(struct data_set *set, size_t at)
{
    const struct expected *expected = &set->expected[at];
    unsigned left = set->rows[0][at].is_gone ? 0 : set->rows[0][at].copies;
    unsigned right = set->rows[1][at].is_gone ? 0 : set->rows[1][at].copies;
    if (set->key != KEY_NONE) {
        set->missing += expected->is_missing;
        set->extra += expected->is_extra;
        set->different += expected->columns != 0 && !expected->is_missing && !expected->is_extra;
    } else if (expected->columns != 0) {
        set->missing += left;
        set->extra += right;
    } else {
        set->missing += left > right ? left - right : 0;
        set->extra += right > left ? right - left : 0;
    }
}

static void
generate(struct data_set *set, uint64_t seed)
{
    *set = (struct data_set){.state = seed * 7919, .n = ROWS};
    set->key = (unsigned)draw(set, KEY_COUNT);
    set->styles[0] = (unsigned)draw(set, 2);
    set->styles[1] = (unsigned)draw(set, 2);
    for (unsigned i = 0; i < KIND_COUNT; i++) {
        set->has[i] = draw(set, 4) > 0;
    }
    for (size_t i = 0; i < set->n; i++) {
        struct data_row *row = &set->rows[0][i];
        row->id = i + 1;
        row->copies = set->key == KEY_NONE ? 1 + (unsigned)draw(set, 3) : 1;
        for (unsigned k = 0; k < KIND_COUNT; k++) {
            draw_value(set, (enum kind)k, &row->cells[k]);
        }
        set->rows[1][i] = *row;
    }
    for (size_t i = 0; i < set->n; i++) {
        bool is_touched = draw(set, 3) == 0;
        if (is_touched && !injections[draw(set, COUNT_OF(injections))](set, i)) {
            set->expected[i] = (struct expected){.columns = 0};
            set->rows[1][i] = set->rows[0][i];
        } else if (!is_touched && set->key == KEY_NONE && draw(set, 5) == 0) {
            set->rows[1][i].copies = 1 + (unsigned)draw(set, 3);
        }
        count_row(set, i);
    }
}

/* -- what was found ----------------------------------------------------------------------------------------
 */

/* The number at the end of the last text of a key. */
static uint64_t
id_of(unsigned mode, const struct compare_key *key)
{
    const char *text = key->key[key->n_key - 1]; /* in the order of the declaration: region, no */
    unsigned n = 0;
    CHECK(mode == KEY_UUID ? sscanf(text, "%8x", &n) == 1
                           : sscanf(mode == KEY_TEXT ? text + 2 : text, "%u", &n) == 1);
    return n;
}

static void
check_key(const struct data_set *set, const struct compare_key *key)
{
    uint64_t id = id_of(set->key, key);
    if (!CHECK(id >= 1 && id <= set->n)) {
        return;
    }
    const struct expected *expected = &set->expected[id - 1];
    unsigned found = 0;
    for (size_t i = 0; i < key->n_cells; i++) {
        for (unsigned k = 0; k < KIND_COUNT; k++) {
            found |= rows_same_name(columns[k].names[0], key->cells[i].column) ? 1U << k : 0;
        }
    }
    CHECK_INT(key->kind, expected->is_missing ? COMPARE_MISSING
                         : expected->is_extra ? COMPARE_EXTRA
                                              : COMPARE_DIFFERENT);
    CHECK_INT(found, expected->is_missing || expected->is_extra ? 0 : expected->columns);
}

static bool
check_set(struct place places[2], const struct data_set *set)
{
    struct compare_end ends[2] = {{.label = "left", .conn = places[0].conn},
                                  {.label = "right", .conn = places[1].conn}};
    struct compare_options options = {.limit = 0};
    struct compare_result result = {0};
    struct err err = {0};
    if (!CHECK_OK(compare_run(ends, &options, test_arena(), &result, &err)) ||
        !CHECK_INT((int64_t)result.n, 1)) {
        return false;
    }
    const struct compare_table *table = &result.items[0];
    bool is_right = CHECK_INT((int64_t)table->missing, (int64_t)set->missing);
    is_right = CHECK_INT((int64_t)table->extra, (int64_t)set->extra) && is_right;
    is_right = CHECK_INT((int64_t)table->different, (int64_t)set->different) && is_right;
    CHECK((table->verdict == VERDICT_SAME) == (set->missing + set->extra + set->different == 0));
    for (size_t i = 0; i < table->n_keys && set->key != KEY_NONE; i++) {
        check_key(set, &table->keys[i]);
    }
    return is_right &&
           (set->key == KEY_NONE ||
            CHECK_INT((int64_t)table->n_keys, (int64_t)(set->missing + set->extra + set->different)));
}

static void
run_seeds(struct place places[2])
{
    const char *wanted = getenv("ROLLCALL_COMPARE_SEEDS");
    uint64_t n = 12;
    (void)parse_u64(span_of(wanted), &n);
    struct data_set *set = arena_new(test_arena(), struct data_set);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t seed = test_seed() * 1000 + i;
        struct arena_mark mark = arena_save(test_arena());
        generate(set, seed);
        for (int side = 0; side < 2; side++) {
            make_table(&places[side], set, side);
        }
        if (!check_set(places, set)) {
            printf("    set %llu, key %u\n", (unsigned long long)seed, set->key);
        }
        for (int side = 0; side < 2; side++) {
            conn_do(places[side].conn, "drop table items");
        }
        arena_restore(test_arena(), mark);
    }
}

#define PAIR(left, right)                                                                                    \
    TEST(compare, finds_what_was_put_in_##left##_##right)                                                    \
    {                                                                                                        \
        run_pair(ENGINE_##left, ENGINE_##right, run_seeds);                                                  \
    }

PAIR(sqlite, sqlite)
PAIR(postgres, postgres)
PAIR(mysql, mysql)
PAIR(sqlite, postgres)
PAIR(sqlite, mysql)
PAIR(postgres, mysql)

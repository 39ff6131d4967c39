#include "report/compare_report.h"

#include "report/json.h"

#include <inttypes.h>

static const char *const kind_names[] = {
    [COMPARE_MISSING] = "missing", [COMPARE_EXTRA] = "extra", [COMPARE_DIFFERENT] = "different"};
static const char *const verdict_names[] = {
    [VERDICT_SAME] = "same", [VERDICT_DIFFERENT] = "different", [VERDICT_UNSETTLED] = "unsettled"};

/* -- JSON --------------------------------------------------------------------------------------------------
 */

static json_t *
names_json(const struct compare_names *names)
{
    json_t *list = json_array();
    for (size_t i = 0; i < names->n; i++) {
        json_array_append_new(list, json_text(names->items[i]));
    }
    return list;
}

static json_t *
key_value_json(const struct compare_key *key, size_t i)
{
    int64_t number = 0;
    return key->key[i] != NULL && key->is_number[i] && parse_i64(span_of(key->key[i]), &number)
               ? json_integer((json_int_t)number)
               : json_text(key->key[i]);
}

static json_t *
key_json(const struct compare_table *table, const struct compare_key *key, bool values)
{
    json_t *row = json_object();
    json_t *list = json_array();
    json_t *columns = json_array();
    json_t *cells = json_array();
    for (size_t i = 0; i < key->n_key && (values || table->n_key > 0); i++) {
        json_array_append_new(list, key_value_json(key, i));
    }
    for (size_t i = 0; i < key->n_cells; i++) {
        json_t *cell = json_object();
        json_array_append_new(columns, json_text(key->cells[i].column));
        json_put(cell, "column", json_text(key->cells[i].column));
        json_put(cell, "left", json_text(key->cells[i].left));
        json_put(cell, "right", json_text(key->cells[i].right));
        json_array_append_new(cells, cell);
    }
    json_put(row, "key", list);
    json_put(row, "kind", json_text(kind_names[key->kind]));
    json_put(row, "columns", columns);
    if (table->n_key == 0) {
        json_put(row, "copies", json_integer((json_int_t)key->copies));
    }
    if (values) {
        json_put(row, "values", cells);
    } else {
        json_decref(cells);
    }
    return row;
}

static json_t *
rows_json(const char *side, uint64_t rows)
{
    return side == NULL ? json_null() : json_integer((json_int_t)rows);
}

static json_t *
table_json(const struct compare_table *table, bool values)
{
    json_t *row = json_object();
    json_t *keys = json_array();
    json_t *key_columns = json_array();
    for (size_t i = 0; i < table->n_keys; i++) {
        json_array_append_new(keys, key_json(table, &table->keys[i], values));
    }
    for (size_t i = 0; i < table->n_key; i++) {
        json_array_append_new(key_columns, json_text(table->key_columns[i]));
    }
    json_put(row, "table", json_text(table->table));
    json_put(row, "left", json_text(table->left));
    json_put(row, "right", json_text(table->right));
    json_put(row, "left_rows", rows_json(table->left, table->left_rows));
    json_put(row, "right_rows", rows_json(table->right, table->right_rows));
    json_put(row, "same", json_boolean(table->verdict == VERDICT_SAME));
    json_put(row, "verdict", json_text(verdict_names[table->verdict]));
    json_put(row, "missing", json_integer((json_int_t)table->missing));
    json_put(row, "extra", json_integer((json_int_t)table->extra));
    json_put(row, "different", json_integer((json_int_t)table->different));
    json_put(row, "by_rule", json_integer((json_int_t)table->by_rule));
    json_put(row, "unsettled", json_integer((json_int_t)table->unsettled));
    json_put(row, "key_columns", key_columns);
    json_put(row, "keys", keys);
    json_put(row, "only_left", names_json(&table->only_left));
    json_put(row, "only_right", names_json(&table->only_right));
    json_put(row, "notes", names_json(&table->notes));
    return row;
}

static void
print_json(const struct console *console, const struct compare_result *result, bool values)
{
    json_t *document = json_object();
    json_t *tables = json_array();
    for (size_t i = 0; i < result->n; i++) {
        json_array_append_new(tables, table_json(&result->items[i], values));
    }
    json_put(document, "same", json_boolean(result->verdict == VERDICT_SAME));
    json_put(document, "verdict", json_text(verdict_names[result->verdict]));
    json_put(document, "tables", tables);
    json_put(document, "ms", json_integer((json_int_t)(result->us / 1000)));
    json_print(console->out, document);
}

/* -- text --------------------------------------------------------------------------------------------------
 */

static const char *
quoted_text(struct arena *scratch, const char *text)
{
    return text == NULL ? "NULL" : arena_printf(scratch, "'%s'", shown(scratch, text));
}

static void
print_key(const struct console *console, const struct compare_table *table, const struct compare_key *key,
          bool values)
{
    ARENA_SCOPED scratch = {0};
    bool shows_key = values || table->n_key > 0;
    console_print(console, "    %-9s  ", kind_names[key->kind]);
    for (size_t i = 0; i < key->n_key && shows_key; i++) {
        console_print(console, "%s%s", i == 0 ? "" : ", ",
                      key->key[i] == NULL ? "NULL" : shown(&scratch, key->key[i]));
    }
    if (!shows_key) {
        console_print(console, "a row");
    }
    if (key->copies > 1) {
        console_print(console, " (%" PRIu64 " copies)", key->copies);
    }
    for (size_t i = 0; i < key->n_cells; i++) {
        const struct compare_cell *cell = &key->cells[i];
        console_print(console, "%s%s", i == 0 ? ": " : ", ", shown(&scratch, cell->column));
        if (values) {
            console_print(console, " %s -> %s", quoted_text(&scratch, cell->left),
                          quoted_text(&scratch, cell->right));
        }
    }
    console_print(console, "\n");
}

static void
print_names(const struct console *console, const char *label, const struct compare_names *names)
{
    ARENA_SCOPED scratch = {0};
    for (size_t i = 0; i < names->n; i++) {
        console_print(console, "    %s%s\n", label, shown(&scratch, names->items[i]));
    }
}

static void
print_counts(const struct console *console, const struct compare_table *table)
{
    const struct {
        uint64_t n;
        const char *name;
    } counts[] = {{table->missing, "missing"},
                  {table->extra, "extra"},
                  {table->different, "different"},
                  {table->by_rule, "the same by rule"},
                  {table->unsettled, "unsettled"}};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        if (counts[i].n > 0) {
            console_print(console, ", %" PRIu64 " %s", counts[i].n, counts[i].name);
        }
    }
}

static void
print_table(const struct console *console, const struct compare_table *table, bool values)
{
    ARENA_SCOPED scratch = {0};
    static const enum ink inks[] = {
        [VERDICT_SAME] = INK_GREEN, [VERDICT_DIFFERENT] = INK_RED, [VERDICT_UNSETTLED] = INK_YELLOW};
    console_print(console, "%s%-9s%s  %s: ", ink(console->color, inks[table->verdict]),
                  verdict_names[table->verdict], ink(console->color, INK_PLAIN),
                  shown(&scratch, table->table));
    if (table->left == NULL || table->right == NULL) {
        console_print(console, "the %s side has no such table\n", table->left == NULL ? "left" : "right");
        return;
    }
    if (table->left_rows == table->right_rows) {
        console_print(console, "%" PRIu64 " row%s", table->left_rows, table->left_rows == 1 ? "" : "s");
    } else {
        console_print(console, "%" PRIu64 " and %" PRIu64 " rows", table->left_rows, table->right_rows);
    }
    print_counts(console, table);
    console_print(console, "\n");
    print_names(console, "only left: column ", &table->only_left);
    print_names(console, "only right: column ", &table->only_right);
    for (size_t i = 0; i < table->n_keys; i++) {
        print_key(console, table, &table->keys[i], values);
    }
    uint64_t all = table->missing + table->extra + table->different;
    if (all > table->n_keys && table->n_key > 0) {
        console_print(console, "    and %" PRIu64 " more\n", all - table->n_keys);
    }
    if (console->verbose || table->verdict != VERDICT_SAME) {
        print_names(console, "note: ", &table->notes);
    }
}

void
compare_report_print(const struct console *console, const struct compare_result *result, bool values)
{
    size_t n[COUNT_OF(verdict_names)] = {0};
    if (console->json) {
        print_json(console, result, values);
        return;
    }
    for (size_t i = 0; i < result->n; i++) {
        print_table(console, &result->items[i], values);
        n[result->items[i].verdict]++;
    }
    console_print(console, "%zu table%s: %zu same, %zu different, %zu unsettled\n", result->n,
                  result->n == 1 ? "" : "s", n[VERDICT_SAME], n[VERDICT_DIFFERENT], n[VERDICT_UNSETTLED]);
    if (result->verdict != VERDICT_SAME && !values) {
        console_note(console, "values are not shown; --show-values shows them");
    }
}

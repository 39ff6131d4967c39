#include "report/digest_report.h"

#include "report/json.h"

#include <inttypes.h>

/* How many differing rows it can tell one by one. */
static size_t
capacity(const struct digest_table *table)
{
    return table->sketch.bits == 0 ? 0 : sketch_capacity(table->sketch.bits);
}

static json_t *
table_json(const struct digest_table *table)
{
    char sum[HASH128_HEX_LEN + 1];
    json_t *row = json_object();
    json_t *columns = json_array();
    hash128_hex(table->sum, sum);
    json_put(row, "table", json_text(table->name));
    json_put(row, "rows", json_integer((json_int_t)table->rows));
    json_put(row, "sum", json_text(sum));
    for (size_t i = 0; i < table->n_columns; i++) {
        json_t *column = json_object();
        json_put(column, "name", json_text(table->columns[i].name));
        json_put(column, "kind", json_text(canon_kind_name(table->columns[i].kind)));
        json_put(column, "key", json_boolean(i < table->n_key));
        json_array_append_new(columns, column);
    }
    json_put(row, "columns", columns);
    json_put(row, "capacity", json_integer((json_int_t)capacity(table)));
    return row;
}

void
digest_report_print(const struct console *console, const struct digest *digest, const char *file,
                    size_t bytes, const char *signature)
{
    ARENA_SCOPED scratch = {0};
    json_t *document = json_object();
    json_t *tables = json_array();
    for (size_t i = 0; i < digest->n; i++) {
        const struct digest_table *table = &digest->items[i];
        json_array_append_new(tables, table_json(table));
        if (!console->json) {
            console_print(console, "%-32s %12" PRIu64 " rows, tells %zu differing ones\n",
                          shown(&scratch, table->name), table->rows, capacity(table));
        }
    }
    json_put(document, "file", json_text(file));
    json_put(document, "bytes", json_integer((json_int_t)bytes));
    json_put(document, "created_at", json_time(digest->created_us));
    json_put(document, "engine", json_text(digest->engine));
    json_put(document, "salted", json_boolean(digest->is_salted));
    json_put(document, "signature", json_text(signature));
    json_put(document, "tables", tables);
    if (console->json) {
        json_print(console->out, document);
        return;
    }
    json_decref(document);
    console_print(console, "%s: %zu table%s, %zu bytes%s%s\n", shown(&scratch, file), digest->n,
                  digest->n == 1 ? "" : "s", bytes, signature == NULL ? "" : ", signed in ",
                  signature == NULL ? "" : shown(&scratch, signature));
}

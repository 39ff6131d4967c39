#include "report/snapshot_report.h"

#include "base/clock.h"
#include "report/json.h"

#include <inttypes.h>

static json_t *
set_json(const struct snapshot_set *set)
{
    json_t *row = json_object();
    json_t *tables = json_array();
    json_put(row, "id", json_text(set->id));
    json_put(row, "op", json_text(set->op[0] == '\0' ? NULL : set->op));
    json_put(row, "service", json_text(set->service));
    json_put(row, "created_at", json_time(set->created_us));
    for (size_t i = 0; i < set->n; i++) {
        const struct snapshot_table *table = &set->items[i];
        json_t *line = json_object();
        json_put(line, "table", json_text(table->table));
        json_put(line, "rows", json_integer((json_int_t)table->totals.rows));
        json_put(line, "bytes", json_integer((json_int_t)table->totals.plain_bytes));
        json_put(line, "stored_bytes", json_integer((json_int_t)table->totals.stored_bytes));
        json_array_append_new(tables, line);
    }
    json_put(row, "tables", tables);
    json_put(row, "verified", json_boolean(!set->is_damaged));
    return row;
}

static json_t *
sets_json(const struct snapshot_sets *sets)
{
    json_t *list = json_array();
    for (size_t i = 0; i < sets->n; i++) {
        json_array_append_new(list, set_json(&sets->items[i]));
    }
    return list;
}

static void
print_set(const struct console *console, const struct snapshot_set *set)
{
    ARENA_SCOPED scratch = {0};
    char at[RFC3339_LEN + 1];
    clock_rfc3339(set->created_us, at);
    console_print(console, "%s  %.19s  %s%s%s\n", shown(&scratch, set->id), set->created_us == 0 ? "-" : at,
                  set->is_damaged ? "DAMAGED" : "verified", set->op[0] == '\0' ? "" : "  of operation ",
                  shown(&scratch, set->op));
    for (size_t i = 0; i < set->n; i++) {
        const struct snapshot_table *table = &set->items[i];
        console_print(console, "    %-32s %12" PRIu64 " rows %12" PRIu64 " bytes %12" PRIu64 " stored\n",
                      shown(&scratch, table->table), table->totals.rows, table->totals.plain_bytes,
                      table->totals.stored_bytes);
    }
}

void
snapshot_list_print(const struct console *console, const struct snapshot_sets *sets)
{
    if (console->json) {
        json_t *document = json_object();
        json_put(document, "snapshots", sets_json(sets));
        json_print(console->out, document);
        return;
    }
    for (size_t i = 0; i < sets->n; i++) {
        print_set(console, &sets->items[i]);
    }
}

void
snapshot_taken_print(const struct console *console, const struct snapshot_set *set)
{
    if (console->json) {
        json_print(console->out, set_json(set));
    } else {
        print_set(console, set);
    }
}

void
snapshot_verified_print(const struct console *console, const struct snapshot_sets *sets,
                        const struct err *failures)
{
    ARENA_SCOPED scratch = {0};
    json_t *list = json_array();
    for (size_t i = 0; i < sets->n; i++) {
        bool holds = failures[i].status == STATUS_OK;
        json_t *row = json_object();
        json_put(row, "id", json_text(sets->items[i].id));
        json_put(row, "ok", json_boolean(holds));
        json_put(row, "damage", json_text(holds ? NULL : failures[i].msg));
        json_array_append_new(list, row);
        if (!console->json) {
            console_print(console, "%s  %s%s\n", shown(&scratch, sets->items[i].id),
                          holds ? "holds" : "DAMAGED: ", holds ? "" : shown(&scratch, failures[i].msg));
        }
    }
    json_t *document = json_object();
    json_put(document, "snapshots", list);
    if (console->json) {
        json_print(console->out, document);
    } else {
        json_decref(document);
    }
}

void
snapshot_restored_print(const struct console *console, const struct snapshot_set *set,
                        const struct restore_result *result, bool dry_run)
{
    ARENA_SCOPED scratch = {0};
    json_t *list = json_array();
    for (size_t i = 0; i < result->n; i++) {
        const struct restored_table *table = &result->items[i];
        json_t *row = json_object();
        json_put(row, "table", json_text(table->table));
        json_put(row, "rows", json_integer((json_int_t)table->rows));
        json_put(row, "replaced", json_integer(table->replaced));
        json_array_append_new(list, row);
        if (!console->json) {
            console_print(console, "%s %s: %" PRIu64 " rows in the place of %" PRId64 "\n",
                          dry_run ? "would restore" : "restored", shown(&scratch, table->table), table->rows,
                          table->replaced);
        }
    }
    if (result->safety != NULL) {
        console_note(console, "what was there before is saved as %s", result->safety);
    }
    json_t *document = json_object();
    json_put(document, "id", json_text(set->id));
    json_put(document, "tables", list);
    json_put(document, "safety", json_text(result->safety));
    json_put(document, "dry_run", json_boolean(dry_run));
    if (console->json) {
        json_print(console->out, document);
    } else {
        json_decref(document);
    }
}

void
snapshot_removed_print(const struct console *console, const struct snapshot_sets *removed, bool dry_run)
{
    ARENA_SCOPED scratch = {0};
    if (console->json) {
        json_t *document = json_object();
        json_put(document, "removed", sets_json(removed));
        json_put(document, "dry_run", json_boolean(dry_run));
        json_print(console->out, document);
        return;
    }
    for (size_t i = 0; i < removed->n; i++) {
        console_print(console, "%s %s\n", dry_run ? "would remove" : "removed",
                      shown(&scratch, removed->items[i].id));
    }
}

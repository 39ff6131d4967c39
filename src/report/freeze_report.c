#include "report/freeze_report.h"

#include "base/clock.h"
#include "report/json.h"

#include <inttypes.h>
#include <string.h>

/* -- what both forms say -----------------------------------------------------------------------------------
 */

static bool
has_fault(const struct freeze *freeze, const char *table)
{
    for (size_t i = 0; i < freeze->faults.n; i++) {
        if (str_eq(freeze->faults.items[i].table, table)) {
            return true;
        }
    }
    return false;
}

static bool
is_durable(const struct freeze *freeze, const struct freeze_table *table)
{
    return table->apply.n > 0 && !freeze->has_ended && !has_fault(freeze, table->table);
}

static bool
is_open(const struct freeze *freeze, const struct freeze_hole *hole)
{
    return !(hole->is_guarded && freeze->is_guarded);
}

/* -- JSON --------------------------------------------------------------------------------------------------
 */

static json_t *
words_json(const struct freeze_words *words)
{
    json_t *list = json_array();
    for (size_t i = 0; i < words->n; i++) {
        json_array_append_new(list, json_text(words->items[i]));
    }
    return list;
}

static json_t *
holes_json(const struct freeze *freeze, const struct freeze_table *table)
{
    ARENA_SCOPED scratch = {0};
    json_t *list = json_array();
    for (size_t i = 0; i < table->holes.n; i++) {
        const struct freeze_hole *hole = &table->holes.items[i];
        if (is_open(freeze, hole)) {
            json_array_append_new(list, json_text(arena_printf(&scratch, "%s: %s", hole->name, hole->text)));
        }
    }
    for (size_t i = 0; i < freeze->faults.n; i++) {
        if (str_eq(freeze->faults.items[i].table, table->table)) {
            json_array_append_new(
                list, json_text(arena_printf(&scratch, "fault: %s", freeze->faults.items[i].what)));
        }
    }
    return list;
}

static json_t *
table_json(const struct freeze *freeze, const struct freeze_table *table)
{
    json_t *row = json_object();
    json_t *layers = json_array();
    if (is_durable(freeze, table)) {
        json_array_append_new(layers, json_text("durable"));
    }
    if (freeze->is_guarded) {
        json_array_append_new(layers, json_text("guarded"));
    }
    json_put(row, "table", json_text(table->table));
    json_put(row, "why", json_text(table->why[0] == '\0' ? NULL : table->why));
    json_put(row, "rows", json_boolean(!table->is_parent));
    json_put(row, "layers", layers);
    json_put(row, "holes", holes_json(freeze, table));
    json_put(row, "views", words_json(&table->views));
    return row;
}

static void
add_tables(json_t *list, const struct freeze *freeze)
{
    for (size_t i = 0; i < freeze->scope.n; i++) {
        json_array_append_new(list, table_json(freeze, &freeze->scope.tables[i]));
    }
}

static json_t *
faults_json(const struct freeze *freeze)
{
    json_t *list = json_array();
    for (size_t i = 0; i < freeze->faults.n; i++) {
        json_t *row = json_object();
        json_put(row, "table", json_text(freeze->faults.items[i].table));
        json_put(row, "what", json_text(freeze->faults.items[i].what));
        json_array_append_new(list, row);
    }
    return list;
}

static json_t *
freeze_json(const struct freeze *freeze)
{
    json_t *row = json_object();
    json_t *tables = json_array();
    bool is_late = freeze->expires_us != 0 && freeze->now_us >= freeze->expires_us;
    for (size_t i = 0; i < freeze->scope.n; i++) {
        json_array_append_new(tables, json_text(freeze->scope.tables[i].table));
    }
    json_put(row, "id", json_text(freeze->id));
    json_put(row, "reason", json_text(freeze->reason));
    json_put(row, "actor", json_text(freeze->actor));
    json_put(row, "since", json_time(freeze->began_us));
    json_put(row, "frozen_at", json_time(freeze->frozen_us));
    json_put(row, "expires_at", json_time(freeze->expires_us));
    json_put(row, "expired", json_boolean(is_late));
    json_put(row, "auto_thaw", json_boolean(freeze->auto_thaw));
    json_put(row, "proven", json_boolean(freeze->is_proven));
    json_put(row, "why_not", json_text(freeze->is_proven ? NULL : freeze->why));
    json_put(row, "point", json_text(freeze->point));
    json_put(row, "ms", json_integer(freeze->us / 1000));
    json_put(row, "faults", faults_json(freeze));
    json_put(row, "tables", tables);
    return row;
}

/* The newest freeze speaks for the point and the time; the tables are those of all. */
static json_t *
freezes_json(const struct freezes *freezes)
{
    const struct freeze *last = freezes->n == 0 ? NULL : &freezes->items[freezes->n - 1];
    json_t *document = json_object();
    json_t *tables = json_array();
    json_t *list = json_array();
    bool is_proven = freezes->is_frozen;
    for (size_t i = 0; i < freezes->n; i++) {
        add_tables(tables, &freezes->items[i]);
        json_array_append_new(list, freeze_json(&freezes->items[i]));
        is_proven = is_proven && freezes->items[i].is_proven;
    }
    json_put(document, "frozen", json_boolean(freezes->is_frozen));
    json_put(document, "tables", tables);
    json_put(document, "proven", json_boolean(is_proven));
    json_put(document, "point", json_text(last == NULL || last->point[0] == '\0' ? NULL : last->point));
    json_put(document, "expires_at", json_time(last == NULL ? 0 : last->expires_us));
    json_put(document, "ms", json_integer(last == NULL ? 0 : last->us / 1000));
    json_put(document, "passes", json_integer((json_int_t)freezes->stale_passes));
    json_put(document, "freezes", list);
    return document;
}

/* -- text --------------------------------------------------------------------------------------------------
 */

static void
print_head(const struct console *console, struct arena *scratch, const struct freeze *freeze)
{
    char since[RFC3339_LEN + 1];
    char until[RFC3339_LEN + 1] = "";
    clock_rfc3339(freeze->began_us, since);
    const char *proof = freeze->is_proven ? "proven" : "NOT PROVEN";
    console_print(console, "%sfrozen%s since %.19sZ, %s%s%s%s (freeze %.8s)\n", ink(console->color, INK_BOLD),
                  ink(console->color, INK_PLAIN), since, proof, freeze->point[0] == '\0' ? "" : " at ",
                  shown(scratch, freeze->point),
                  freeze->us == 0 ? "" : arena_printf(scratch, ", in %s", duration_text(scratch, freeze->us)),
                  freeze->id);
    if (freeze->reason[0] != '\0') {
        console_print(console, "  reason: %s\n", shown(scratch, freeze->reason));
    }
    if (!freeze->is_proven && freeze->why[0] != '\0') {
        console_print(console, "  %snot proven: %s%s\n", ink(console->color, INK_RED),
                      shown(scratch, freeze->why), ink(console->color, INK_PLAIN));
    }
    if (freeze->expires_us != 0) {
        clock_rfc3339(freeze->expires_us, until);
        const char *words = freeze->has_ended ? "its time is over: writers pass"
                            : freeze->now_us >= freeze->expires_us
                                ? "that time is over: 'rollcall thaw' ends it, nothing else does"
                            : freeze->auto_thaw ? "then writers pass"
                                                : "then there is a warning; only 'rollcall thaw' ends it";
        console_print(console, "  until %.19sZ: %s\n", until, words);
    }
}

static void
print_table(const struct console *console, struct arena *scratch, const struct freeze *freeze,
            const struct freeze_table *table)
{
    BUF_SCOPED holes = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = 0; i < table->holes.n; i++) {
        if (is_open(freeze, &table->holes.items[i])) {
            buf_printf(&holes, "%s%s", holes.len == 0 ? "  open to: " : ", ", table->holes.items[i].name);
        }
    }
    console_print(console, "  %-32s %s%s%s%s%s%s\n", shown(scratch, table->table),
                  is_durable(freeze, table) ? (table->is_parent ? "cascades stopped" : "durable")
                                            : "NOT FROZEN",
                  freeze->is_guarded ? ", guarded" : "", table->why[0] == '\0' ? "" : "  (",
                  shown(scratch, table->why), table->why[0] == '\0' ? "" : ")", buf_cstr(&holes));
    for (size_t i = 0; i < table->views.n; i++) {
        console_print(console, "    is written through the view %s as well: stopped\n",
                      shown(scratch, table->views.items[i]));
    }
}

static bool
is_told(const struct freeze *freeze, size_t table, size_t hole)
{
    const struct freeze_hole *this = &freeze->scope.tables[table].holes.items[hole];
    for (size_t t = 0; t <= table; t++) {
        const struct freeze_holes *holes = &freeze->scope.tables[t].holes;
        size_t n = t == table ? hole : holes->n;
        for (size_t h = 0; h < n; h++) {
            if (str_eq(holes->items[h].name, this->name) && str_eq(holes->items[h].text, this->text)) {
                return true;
            }
        }
    }
    return false;
}

/* Each hole once, though every table has it. */
static void
print_holes(const struct console *console, struct arena *scratch, const struct freeze *freeze)
{
    bool is_first = true;
    for (size_t t = 0; t < freeze->scope.n; t++) {
        const struct freeze_holes *holes = &freeze->scope.tables[t].holes;
        for (size_t h = 0; h < holes->n; h++) {
            const struct freeze_hole *hole = &holes->items[h];
            if (!is_open(freeze, hole) || is_told(freeze, t, h)) {
                continue;
            }
            console_print(console, "%s    %-12s %s%s\n", is_first ? "  what stays open:\n" : "", hole->name,
                          shown(scratch, hole->text), hole->is_guarded ? " (closed while --hold runs)" : "");
            is_first = false;
        }
    }
}

static void
print_freeze(const struct console *console, struct arena *scratch, const struct freeze *freeze)
{
    print_head(console, scratch, freeze);
    for (size_t i = 0; i < freeze->scope.n; i++) {
        print_table(console, scratch, freeze, &freeze->scope.tables[i]);
    }
    for (size_t i = 0; i < freeze->faults.n; i++) {
        console_print(console, "  %sFAULT%s %s: %s\n", ink(console->color, INK_RED),
                      ink(console->color, INK_PLAIN), shown(scratch, freeze->faults.items[i].table),
                      shown(scratch, freeze->faults.items[i].what));
    }
    print_holes(console, scratch, freeze);
}

void
freeze_print(const struct console *console, const struct freezes *freezes)
{
    ARENA_SCOPED scratch = {0};
    if (console->json) {
        json_print(console->out, freezes_json(freezes));
        (void)fflush(console->out);
        return;
    }
    if (freezes->n == 0) {
        console_print(console, "nothing is frozen\n");
    }
    for (size_t i = 0; i < freezes->n; i++) {
        print_freeze(console, &scratch, &freezes->items[i]);
    }
    if (freezes->stale_passes > 0) {
        console_print(
            console,
            "  %zu sessions have a pass: a rollback runs, or has died ('rollcall thaw' takes it back)\n",
            freezes->stale_passes);
    }
    (void)fflush(console->out);
}

void
freeze_manual_print(const struct console *console, const struct session *session, const struct freeze *freeze)
{
    console_note(console,
                 "to end this freeze without rollcall, in the client of %s:", session->conn->identity.engine);
    for (size_t i = 0; i < freeze->scope.n; i++) {
        const struct freeze_words *undo = &freeze->scope.tables[i].undo;
        for (size_t j = 0; j < undo->n; j++) {
            console_note(console, "    %s;", undo->items[j]);
        }
    }
}

static void
print_statements(const struct console *console, const struct freeze_words *words)
{
    for (size_t i = 0; i < words->n; i++) {
        fprintf(console->out, "%s;\n", words->items[i]);
    }
}

static void
add_statements(json_t *list, const struct freeze_words *words)
{
    for (size_t i = 0; i < words->n; i++) {
        json_array_append_new(list, json_text(words->items[i]));
    }
}

void
freeze_sql_print(const struct console *console, const struct freeze *freeze)
{
    json_t *list = json_array();
    add_statements(list, &freeze->scope.prepare);
    for (size_t i = 0; i < freeze->scope.n; i++) {
        add_statements(list, &freeze->scope.tables[i].apply);
    }
    if (console->json) {
        json_t *document = json_object();
        json_put(document, "dry_run", json_true());
        json_put(document, "frozen", json_false());
        json_put(document, "sql", list);
        json_print(console->out, document);
        return;
    }
    json_decref(list);
    print_statements(console, &freeze->scope.prepare);
    for (size_t i = 0; i < freeze->scope.n; i++) {
        print_statements(console, &freeze->scope.tables[i].apply);
    }
}

void
thaw_print(const struct console *console, const struct thaw *thaw)
{
    ARENA_SCOPED scratch = {0};
    if (console->json) {
        json_t *document = json_object();
        json_put(document, "frozen", json_false());
        json_put(document, "tables", words_json(&thaw->tables));
        json_put(document, "objects", json_integer((json_int_t)thaw->n_objects));
        json_put(document, "freezes", json_integer((json_int_t)thaw->n_freezes));
        json_print(console->out, document);
        return;
    }
    for (size_t i = 0; i < thaw->tables.n; i++) {
        console_print(console, "thawed %s\n", shown(&scratch, thaw->tables.items[i]));
    }
    if (thaw->tables.n == 0) {
        console_print(console, "nothing was frozen\n");
    }
}

void
thaw_sql_print(const struct console *console, const struct freeze_words *sql)
{
    if (console->json) {
        json_t *document = json_object();
        json_put(document, "dry_run", json_true());
        json_put(document, "sql", words_json(sql));
        json_print(console->out, document);
        return;
    }
    print_statements(console, sql);
}

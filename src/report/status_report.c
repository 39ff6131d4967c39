#include "report/status_report.h"

#include "base/clock.h"
#include "report/diff_report.h"
#include "report/json.h"
#include "report/lint_report.h"
#include "script/layout.h"

/* -- JSON
 * --------------------------------------------------------------------------------------------------------------
 */

static json_t *
applied_json(const struct history_entry *entry)
{
    json_t *row = json_object();
    json_put(row, "version", json_text(entry->version));
    json_put(row, "name", json_text(entry->name));
    json_put(row, "id", json_text(entry->id));
    json_put(row, "applied_at", json_time(entry->applied->applied_us));
    json_put(row, "class", json_text(entry->applied->class));
    json_put(row, "origin", json_text(entry->applied->origin));
    json_put(row, "drift", json_boolean(entry->is_edited || entry->is_down_edited));
    return row;
}

static json_t *
pending_json(const struct history_entry *entry)
{
    json_t *row = json_object();
    json_put(row, "version", json_text(entry->version));
    json_put(row, "name", json_text(entry->name));
    json_put(row, "id", json_text(entry->id));
    json_put(row, "out_of_order", json_boolean(entry->is_out_of_order));
    return row;
}

static void
add_edited(json_t *list, const struct history_entry *entry)
{
    const char *parts[] = {entry->is_edited ? "up" : NULL, entry->is_down_edited ? "down" : NULL};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (parts[i] != NULL) {
            json_t *row = json_object();
            json_put(row, "kind", json_text("script"));
            json_put(row, "name", json_sprintf("%s (%s)", entry->id, parts[i]));
            json_put(row, "change", json_text("changed"));
            json_array_append_new(list, row);
        }
    }
}

static json_t *
drift_json(const struct status_line *line)
{
    json_t *list =
        line->drift->diff.class == CHANGE_CLASS_MEANING ? diff_report_json(&line->drift->diff) : json_array();
    for (size_t i = 0; i < line->session->history.n; i++) {
        add_edited(list, &line->session->history.items[i]);
    }
    return list;
}

static json_t *
findings_json(const struct session *session)
{
    json_t *list = json_array();
    for (size_t i = 0; session->has_dir && i < session->migrations.n_findings; i++) {
        const struct finding *finding = &session->migrations.findings[i];
        json_array_append_new(list, finding_json(finding, finding->file));
    }
    return list;
}

static json_t *
interrupted_json(const struct status_line *line)
{
    const struct applied *unfinished = session_unfinished(line->session);
    if (line->interrupted == NULL && unfinished == NULL) {
        return json_null();
    }
    json_t *row = json_object();
    json_put(row, "op", json_text(unfinished != NULL ? unfinished->op : line->interrupted->op));
    json_put(row, "step", json_text(unfinished != NULL ? unfinished->id : ""));
    return row;
}

static json_t *
service_json(const struct status_line *line)
{
    const struct session *session = line->session;
    const struct history *history = &session->history;
    json_t *service = json_object();
    json_t *applied = json_array();
    json_t *pending = json_array();
    for (size_t i = 0; i < history->n; i++) {
        const struct history_entry *entry = &history->items[i];
        if (entry->applied != NULL && entry->applied->state == APPLIED_DONE) {
            json_array_append_new(applied, applied_json(entry));
        }
        if (history_is_pending(entry)) {
            json_array_append_new(pending, pending_json(entry));
        }
    }
    json_put(service, "service", json_text(session->service->name));
    json_put(service, "engine", json_text(session->conn->identity.engine));
    json_put(service, "engine_version", json_text(session->conn->identity.version));
    json_put(service, "layout", session->has_dir ? json_text(session->migrations.layout->name) : json_null());
    json_put(service, "current", json_text(history->current == NULL ? NULL : history->current->version));
    json_put(service, "applied", applied);
    json_put(service, "pending", pending);
    json_put(service, "drift", drift_json(line));
    json_put(service, "findings", findings_json(session));
    json_put(service, "frozen", json_boolean(line->is_frozen));
    json_put(service, "interrupted", interrupted_json(line));
    return service;
}

/* -- text
 * --------------------------------------------------------------------------------------------------------------
 */

static void
print_entry(const struct console *console, struct arena *arena, const struct history_entry *entry)
{
    const char *state = "pending";
    enum ink color = INK_YELLOW;
    char at[RFC3339_LEN + 1] = "";
    const char *remark = "";
    if (entry->applied != NULL) {
        state = entry->applied->state == APPLIED_DONE ? "applied" : "half done";
        color = entry->applied->state == APPLIED_DONE ? INK_GREEN : INK_RED;
        clock_rfc3339(entry->applied->applied_us, at);
        at[19] = '\0';
        remark = entry->is_outdated                          ? "text changed: runs again"
                 : entry->is_edited && entry->is_down_edited ? "up and down edited since"
                 : entry->is_edited                          ? "edited since"
                 : entry->is_down_edited                     ? "down edited since"
                 : entry->migration == NULL                  ? "no file"
                                                             : "";
    } else if (entry->is_out_of_order) {
        remark = "out of order";
    }
    console_print(console, "  %s%-9s%s  %-19s  %-12s  %s%s%s%s\n", ink(console->color, color), state,
                  ink(console->color, INK_PLAIN), at, entry->applied == NULL ? "" : entry->applied->class,
                  shown(arena, entry->id), remark[0] == '\0' ? "" : "  (", remark,
                  remark[0] == '\0' ? "" : ")");
}

static void
print_service(const struct console *console, struct arena *arena, const struct status_line *line)
{
    const struct session *session = line->session;
    const struct history *history = &session->history;
    const struct applied *unfinished = session_unfinished(session);
    size_t n_done = history->n_applied - (unfinished != NULL ? 1 : 0);
    console_print(console, "%s%s%s%s%s %s, %s\n", ink(console->color, INK_BOLD), session->service->name,
                  session->service->name[0] == '\0' ? "" : ": ", session->conn->identity.engine,
                  ink(console->color, INK_PLAIN), shown(arena, session->conn->identity.version),
                  session->has_dir ? session->migrations.layout->title : "no directory at hand");
    for (size_t i = 0; i < history->n; i++) {
        print_entry(console, arena, &history->items[i]);
    }
    for (size_t i = 0; session->has_dir && i < session->migrations.n_findings; i++) {
        const struct finding *finding = &session->migrations.findings[i];
        console_print(console, "  %s%s:%s %s\n", ink(console->color, INK_YELLOW), shown(arena, finding->file),
                      ink(console->color, INK_PLAIN), shown(arena, finding->message));
    }
    if (line->drift->diff.class == CHANGE_CLASS_MEANING) {
        console_print(console, "  the schema has drifted: %zu objects ('rollcall drift' shows them)\n",
                      line->drift->diff.n);
    }
    if (line->is_frozen) {
        console_print(console, "  %sfrozen%s %s ('rollcall freeze --status' shows it)\n",
                      ink(console->color, INK_RED), ink(console->color, INK_PLAIN),
                      shown(arena, line->frozen));
    }
    if (unfinished != NULL) {
        console_print(console, "  '%s' was interrupted half way: 'rollcall resume' or 'rollcall abort'\n",
                      shown(arena, unfinished->id));
    }
    console_print(console, "  %zu applied, %zu pending, current %s\n", n_done, history->n_pending,
                  history->current == NULL ? "none" : shown(arena, history->current->version));
}

void
status_report_print(const struct console *console, const struct status_line *lines, size_t n)
{
    ARENA_SCOPED scratch = {0};
    if (!console->json) {
        for (size_t i = 0; i < n; i++) {
            print_service(console, &scratch, &lines[i]);
        }
        return;
    }
    json_t *document = json_object();
    json_t *services = json_array();
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(services, service_json(&lines[i]));
    }
    json_put(document, "services", services);
    json_print(console->out, document);
}

void
drift_report_print(const struct console *console, const struct status_line *lines, size_t n)
{
    ARENA_SCOPED scratch = {0};
    json_t *services = json_array();
    for (size_t i = 0; i < n; i++) {
        const struct session *session = lines[i].session;
        const struct drift *drift = lines[i].drift;
        if (console->json) {
            json_t *service = json_object();
            json_put(service, "service", json_text(session->service->name));
            json_put(service, "known", json_boolean(drift->is_known));
            json_put(service, "drift", drift_json(&lines[i]));
            json_array_append_new(services, service);
            continue;
        }
        const char *verdict = !session->has_registry ? "nothing on record yet: rollcall has not run here"
                              : session_unfinished(session) != NULL
                                  ? "half way through a migration: there is nothing to compare with"
                              : !drift->is_known    ? "no schema on record yet"
                              : drift_is_any(drift) ? "drifted"
                                                    : "as on record";
        console_print(console, "%s%s%s\n", session->service->name,
                      session->service->name[0] == '\0' ? "" : ": ", verdict);
        diff_report_print(console->out, console->color, &drift->diff);
        for (size_t e = 0; e < session->history.n; e++) {
            const struct history_entry *entry = &session->history.items[e];
            if (entry->is_edited || entry->is_down_edited) {
                console_print(console, "  ~ script %s (%s)\n", shown(&scratch, entry->id),
                              entry->is_edited && entry->is_down_edited ? "up and down"
                              : entry->is_edited                        ? "up"
                                                                        : "down");
            }
        }
    }
    if (console->json) {
        json_t *document = json_object();
        json_put(document, "services", services);
        json_print(console->out, document);
    } else {
        json_decref(services);
    }
}

void
layout_report_print(const struct console *console, const struct migrations *migrations)
{
    ARENA_SCOPED scratch = {0};
    console_print(console, "layout: %s\n", migrations->layout->title);
    for (size_t i = 0; i < migrations->n; i++) {
        const struct migration *migration = &migrations->items[i];
        console_print(console, "  %s\n", shown(&scratch, migration->id));
        for (enum part_kind part = 0; part < PART_COUNT; part++) {
            const struct part *source = &migration->parts[part];
            if (source->is_present) {
                console_print(console, "    %-10s %s:%zu, %zu bytes%s%s%s\n", part_kind_name(part),
                              shown(&scratch, source->file), source->line, source->len,
                              source->transaction ? "" : ", without a transaction",
                              source->why[0] == '\0' ? "" : "; ", shown(&scratch, source->why));
            }
        }
    }
}

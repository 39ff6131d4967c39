#include "report/finish_report.h"

#include "report/json.h"

#include <inttypes.h>

void
finish_report_print(const struct console *console, const struct session *session,
                    const struct finish_result *result, bool dry_run)
{
    ARENA_SCOPED scratch = {0};
    json_t *document = json_object();
    json_t *released = json_array();
    for (size_t i = 0; i < result->n; i++) {
        const struct finished *finished = &result->items[i];
        json_t *row = json_object();
        json_put(row, "version", json_text(finished->version));
        json_put(row, "id", json_text(finished->id));
        json_put(row, "files", json_integer((json_int_t)finished->files));
        json_put(row, "bytes", json_integer((json_int_t)finished->stored));
        json_array_append_new(released, row);
        if (!console->json) {
            console_print(console, "%s%s: %zu file%s, %" PRIu64 " bytes\n", dry_run ? "would release " : "",
                          shown(&scratch, finished->id), finished->files, finished->files == 1 ? "" : "s",
                          finished->stored);
        }
    }
    json_put(document, "op", json_text(result->op[0] == '\0' ? NULL : result->op));
    json_put(document, "service", json_text(session->service->name));
    json_put(document, "released", released);
    if (console->json) {
        json_print(console->out, document);
        return;
    }
    json_decref(document);
    if (result->n == 0) {
        console_print(console, "nothing to release\n");
    } else if (!dry_run) {
        console_print(console, "released: a rollback of %s wants --unprotected from here on\n",
                      result->n == 1 ? "this migration" : "these migrations");
    }
}

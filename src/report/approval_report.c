#include "report/approval_report.h"

#include "base/clock.h"
#include "report/json.h"

static json_t *
approval_json(const struct approval *approval)
{
    json_t *row = json_object();
    json_put(row, "file", json_text(approval->file));
    json_put(row, "signer", json_text(approval->signer));
    json_put(row, "key", json_text(approval->key));
    json_put(row, "role", json_text(approval->role[0] == '\0' ? NULL : approval->role));
    json_put(row, "signed_at", json_time(approval->signed_us));
    json_put(row, "expires_at", json_time(approval->expires_us));
    json_put(row, "counts", json_boolean(approval->refused == NULL));
    json_put(row, "why", json_text(approval->refused));
    return row;
}

static json_t *
subject_json(const struct approval_subject *subject)
{
    json_t *document = json_object();
    json_put(document, "plan", json_text(subject->file));
    json_put(document, "digest", json_text(subject->digest));
    json_put(document, "action", json_text(subject->action));
    json_put(document, "author", json_text(subject->author[0] == '\0' ? NULL : subject->author));
    return document;
}

static void
print_one(const struct console *console, struct arena *scratch, const struct approval *approval)
{
    char at[RFC3339_LEN + 1] = "";
    char until[RFC3339_LEN + 1] = "";
    if (approval->refused != NULL) {
        console_print(console, "  %sdoes not count%s  %s: %s\n", ink(console->color, INK_RED),
                      ink(console->color, INK_PLAIN), shown(scratch, approval->file), approval->refused);
        return;
    }
    clock_rfc3339(approval->signed_us, at);
    clock_rfc3339(approval->expires_us, until);
    console_print(console, "  %scounts%s  %s%s%s, key %s, signed %.19sZ%s%.19s%s\n",
                  ink(console->color, INK_GREEN), ink(console->color, INK_PLAIN), approval->signer,
                  approval->role[0] == '\0' ? "" : " as ", approval->role, approval->key, at,
                  approval->expires_us == 0 ? "" : ", until ", approval->expires_us == 0 ? "" : until,
                  approval->expires_us == 0 ? "" : "Z");
}

void
approval_report_print(const struct console *console, const struct approval_subject *subject,
                      const struct approval_list *approvals, const char *missing)
{
    ARENA_SCOPED scratch = {0};
    if (console->json) {
        json_t *document = subject_json(subject);
        json_t *list = json_array();
        for (size_t i = 0; i < approvals->n; i++) {
            json_array_append_new(list, approval_json(&approvals->items[i]));
        }
        json_put(document, "ok", json_boolean(missing == NULL));
        json_put(document, "valid", json_integer((json_int_t)approvals->n_valid));
        json_put(document, "missing", json_text(missing));
        json_put(document, "signatures", list);
        json_print(console->out, document);
        return;
    }
    console_print(console, "%s of plan %s\n", subject->action, subject->digest);
    for (size_t i = 0; i < approvals->n; i++) {
        print_one(console, &scratch, &approvals->items[i]);
    }
    if (missing == NULL) {
        console_print(console, "%sapproved%s: %zu signature%s\n", ink(console->color, INK_GREEN),
                      ink(console->color, INK_PLAIN), approvals->n_valid, approvals->n_valid == 1 ? "" : "s");
    } else {
        console_print(console, "%snot approved%s: missing %s\n", ink(console->color, INK_RED),
                      ink(console->color, INK_PLAIN), shown(&scratch, missing));
    }
}

void
approval_made_print(const struct console *console, const struct approval_subject *subject,
                    const struct plan_file *plan, const struct approval *made)
{
    ARENA_SCOPED scratch = {0};
    if (console->json) {
        json_t *document = subject_json(subject);
        json_put(document, "signature", approval_json(made));
        json_print(console->out, document);
        return;
    }
    console_print(console, "%s from %s to %s, plan %s\n", subject->action,
                  plan->from[0] == '\0' ? "the beginning" : shown(&scratch, plan->from),
                  plan->to[0] == '\0' ? "the beginning" : shown(&scratch, plan->to), subject->digest);
    for (size_t i = 0; i < plan->n_steps; i++) {
        console_print(console, "  %s %s\n", direction_name(plan->direction), shown(&scratch, plan->ids[i]));
    }
    console_print(console, "signed%s%s%s%s: %s\n", made->signer == NULL ? "" : " by ",
                  made->signer == NULL ? "" : made->signer, made->role[0] == '\0' ? "" : " as ", made->role,
                  shown(&scratch, made->file));
}

void
keygen_report_print(const struct console *console, const char *secret_file, const char *public_file,
                    const char *public_text)
{
    ARENA_SCOPED scratch = {0};
    if (console->json) {
        json_t *document = json_object();
        json_put(document, "secret_key", json_text(secret_file));
        json_put(document, "public_key", json_text(public_file));
        json_put(document, "key", json_text(public_text));
        json_print(console->out, document);
        return;
    }
    console_print(console, "secret key: %s (yours alone)\npublic key: %s\n\n", shown(&scratch, secret_file),
                  shown(&scratch, public_file));
    console_print(console, "for rollcall.ini:\n[signer \"NAME\"]\nkey   = %s\nroles = dba\n", public_text);
}

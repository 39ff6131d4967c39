#include "cli/operation_word.h"

static enum status
find(struct session *session, const char *word, struct operation *out, size_t *n_found, struct err *err)
{
    struct operation *operations;
    size_t n;
    TRY(operation_list(session->conn, session->arena, &operations, &n, err));
    for (size_t i = 0; i < n; i++) {
        bool is_last = str_eq(word, "last") && i == 0;
        if (is_last || (word[0] != '\0' && str_starts(operations[i].op, word))) {
            *out = *n_found == 0 ? operations[i] : *out;
            *n_found += 1;
        }
    }
    return STATUS_OK;
}

/* What wrote records without being an operation of its own, such as a freeze by hand. */
struct search {
    struct session *session;
    const char *word;
    struct operation found;
    size_t n_found;
};

static void
take(void *context, const struct record *record)
{
    struct search *search = context;
    if (search->n_found > 0 && str_eq(search->found.op, record->op)) {
        search->found.finished_us = record->at_us;
    } else if (str_starts(record->op, search->word)) {
        struct arena *arena = search->session->arena;
        search->n_found++;
        search->found = (struct operation){
            .op = arena_strdup(arena, record->op),
            .kind = arena_strdup(arena, record->kind),
            .actor = "",
            .plan = "",
            .started_us = record->at_us,
            .finished_us = record->at_us,
            .outcome = "done",
        };
    }
}

static enum status
find_in_records(struct session *session, const char *word, struct operation *out, size_t *n_found,
                struct err *err)
{
    struct search search = {.session = session, .word = word};
    if (word[0] == '\0' || str_eq(word, "last")) {
        return STATUS_OK;
    }
    TRY(record_each(session->conn, NULL, take, &search, err));
    *out = search.found;
    *n_found = search.n_found;
    return STATUS_OK;
}

enum status
operation_by_word(struct session *session, const char *word, struct operation *out, struct err *err)
{
    size_t n_found = 0;
    if (session->has_registry) {
        TRY(find(session, word, out, &n_found, err));
    }
    if (session->has_registry && n_found == 0) {
        TRY(find_in_records(session, word, out, &n_found, err));
    }
    if (n_found == 1) {
        return STATUS_OK;
    }
    (void)err_raise(err, STATUS_USAGE,
                    n_found == 0 ? "there is no operation '%s'" : "several operations begin with '%s'", word);
    return err_hint(err, "'rollcall registry list' lists them");
}

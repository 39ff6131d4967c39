/* Rules over several migrations: an up that takes away what the down of an earlier one reads. */
#include "script/lint_core.h"

#include "base/vec.h"

#include <string.h>

/* Who reads a table or column on the way back. Long-lived. */
struct need {
    const char *id; /* migration */
    const char *file;
    size_t line;
};

static const struct need *
need_of(const struct lint *lint, const char *table, const char *column)
{
    const char *name = model_name(&lint->model, table);
    const char *key = arena_printf(lint->model.arena, "%s%s%s", name, *column == '\0' ? "" : ".",
                                   model_name(&lint->model, column));
    return map_get(&lint->needs, span_of(key));
}

void
lint_history(struct lint *lint)
{
    const struct model_changes *made = &lint->reverse.up.made;
    for (size_t i = 0; i < made->n && lint->needs.n > 0; i++) {
        const struct model_change *change = &made->items[i];
        bool is_table = change->object == OBJECT_TABLE;
        if ((!is_table && change->object != OBJECT_COLUMN) || change->from == NULL || change->to != NULL ||
            *change->renamed_to != '\0') {
            continue;
        }
        const struct need *need =
            need_of(lint, is_table ? change->name : change->table, is_table ? "" : change->name);
        if (need != NULL) {
            lint_say(lint, &lint->up, change->piece_up, RULE_REVERSE_NEEDS,
                     "drops %s, which the down of '%s' reads (%s:%zu)",
                     lint_quote(lint, change->table, change->name), need->id, need->file, need->line);
        }
    }
}

static void
add_need(struct lint *lint, const struct need *need, const char *table, const char *column)
{
    struct arena *arena = lint->model.arena;
    struct need *kept = arena_new(arena, struct need);
    *kept = *need;
    const char *key = arena_printf(arena, "%s%s%s", model_name(&lint->model, table),
                                   *column == '\0' ? "" : ".", model_name(&lint->model, column));
    map_put(&lint->needs, span_of(key), kept);
}

struct names {
    const char **items;
    size_t n;
    size_t cap;
};

/* Every word of the statement once, as the engine folds it. */
static void
words_of(struct lint *lint, struct span text, struct names *out)
{
    struct lexer lexer;
    struct map seen;
    map_init(&seen, &lint->scratch);
    lexer_init(&lexer, text, lint->driver->lex);
    for (struct token token = lexer_next(&lexer); token.kind != TOKEN_END; token = lexer_next(&lexer)) {
        if (token.kind != TOKEN_WORD && token.kind != TOKEN_NAME) {
            continue;
        }
        char *word = token_unquote(token, lint->driver->lex, &lint->scratch);
        for (char *c = word; token.kind == TOKEN_WORD && *c != '\0'; c++) {
            *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + ('a' - 'A')) : *c;
        }
        if (!model_names_have(&lint->model, &seen, word)) {
            model_names_add(&lint->model, &seen, word);
            vec_push(&lint->scratch, out, word);
        }
    }
}

/* Tables and columns that stand when the down begins. */
static void
needs_of_statement(struct lint *lint, const struct effect *effect)
{
    const struct model *model = &lint->model;
    const struct piece *piece = &lint->down.pieces.items[effect->piece];
    struct need need = {.id = arena_strdup(model->arena, lint->down.migration->id),
                        .file = arena_strdup(model->arena, lint->down.part->file),
                        .line = lint->down.part->line + piece->line - 1};
    struct names words = {0};
    words_of(lint, piece_text(&lint->down.pieces, piece), &words);
    for (size_t i = 0; i < words.n; i++) {
        if (model_table_at(model, words.items[i], MODEL_AFTER_UP) == NULL) {
            continue;
        }
        if (!str_eq(model_name(model, words.items[i]), model_name(model, effect->table))) {
            add_need(lint, &need, words.items[i], "");
        }
        for (size_t k = 0; k < words.n; k++) {
            /* What is written is no source. */
            bool is_written = effect->kind == EFFECT_INSERT ? str_eq(words.items[i], effect->table)
                                                            : str_eq(words.items[k], effect->column);
            if (k != i && !is_written &&
                model_column_at(model, words.items[i], words.items[k], MODEL_AFTER_UP) != NULL) {
                add_need(lint, &need, words.items[i], words.items[k]);
            }
        }
    }
}

void
lint_needs(struct lint *lint)
{
    const struct effects *effects = &lint->reverse.down.effects;
    size_t last = LINT_NO_PIECE;
    for (size_t i = 0; i < effects->n && lint->down.is_there; i++) {
        const struct effect *effect = &effects->items[i];
        if ((effect->kind == EFFECT_UPDATE || effect->kind == EFFECT_INSERT) && effect->piece != last) {
            needs_of_statement(lint, effect);
            last = effect->piece;
        }
    }
}

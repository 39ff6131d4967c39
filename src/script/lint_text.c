/* Rules over the words of a statement, where the effects do not say enough. */
#include "script/lint_core.h"

#include <string.h>

/* -- placeholders -----------------------------------------------------------------------------------------
 */

static bool
touches(struct token a, struct token b)
{
    return a.at + a.text.len == b.at;
}

/* What a template engine would have filled in. Strings are left alone: they may mean what they say. */
static bool
is_placeholder(const struct lint *lint, struct token before, struct token token, struct token next)
{
    bool is_joined = touches(token, next);
    if (token.kind == TOKEN_PARAM) {
        /* Nobody binds values here; @name is a variable where the engine has such. */
        return !span_starts(token.text, "@") || (lint->driver->caps & CAP_FEW_ALTERS);
    }
    if (is_joined && token_is_punct(token, "{") && token_is_punct(next, "{")) {
        return true;
    }
    if (is_joined && span_is(token.text, "$") && token_is_punct(next, "{")) {
        return true;
    }
    if (is_joined && span_starts(token.text, "<") && span_starts(next.text, "%")) {
        return true;
    }
    bool is_name = next.kind == TOKEN_WORD || next.kind == TOKEN_STRING || next.kind == TOKEN_NAME;
    bool is_alone = !touches(before, token) || token_is_punct(before, "(") || token_is_punct(before, ",") ||
                    token_is_punct(before, "=");
    return (lint->driver->caps & CAP_SCHEMAS) && is_joined && token_is_punct(token, ":") && is_name &&
           is_alone;
}

/* -- forms of ALTER TABLE that do not exist ---------------------------------------------------------------
 */

static const char *
after_add(struct lexer *lexer)
{
    static const char *const keys[] = {"constraint", "primary", "foreign", "unique",
                                       "check",      "index",   "key",     NULL};
    struct token token = lexer_peek(lexer);
    if (token_is_one_of(token, keys)) {
        return "ADD CONSTRAINT";
    }
    (void)lexer_accept(lexer, "column");
    return lexer_accept_words(lexer, "if not exists") ? "ADD COLUMN IF NOT EXISTS" : NULL;
}

static const char *
after_drop(struct lexer *lexer)
{
    static const char *const keys[] = {"constraint", "primary", "foreign", "index", "key", "check", NULL};
    struct token token = lexer_peek(lexer);
    if (token_is_one_of(token, keys)) {
        return "DROP CONSTRAINT";
    }
    (void)lexer_accept(lexer, "column");
    return lexer_accept_words(lexer, "if exists") ? "DROP COLUMN IF EXISTS" : NULL;
}

/* The form that the engine does not have; NULL when it has it. */
static const char *
unsupported_form(struct lint *lint, struct span text)
{
    struct lexer lexer;
    lexer_init(&lexer, text, lint->driver->lex);
    if (!lexer_accept_words(&lexer, "alter table")) {
        return NULL;
    }
    if (lexer_accept_words(&lexer, "if exists")) {
        return "ALTER TABLE IF EXISTS";
    }
    if (lexer_qualified(&lexer, &lint->scratch) == NULL) {
        return NULL;
    }
    const char *form = NULL;
    if (lexer_accept(&lexer, "add")) {
        form = after_add(&lexer);
    } else if (lexer_accept(&lexer, "drop")) {
        form = after_drop(&lexer);
    } else if (lexer_accept(&lexer, "rename")) {
        form = lexer_accept(&lexer, "index") ? "RENAME INDEX" : NULL;
    } else if (lexer_accept(&lexer, "alter")) {
        form = "ALTER COLUMN";
    } else if (lexer_accept(&lexer, "modify") || lexer_accept(&lexer, "change")) {
        form = "MODIFY COLUMN";
    }
    lexer_skip_item(&lexer);
    return form != NULL                      ? form
           : lexer_accept_punct(&lexer, ",") ? "several actions in one ALTER TABLE"
                                             : NULL;
}

/* -- one statement ----------------------------------------------------------------------------------------
 */

/* The kinds of statement that may hold a password, and where in them it stands. */
struct secrets {
    bool is_managing;   /* CREATE, ALTER, GRANT */
    bool is_setting;    /* SET PASSWORD */
    bool is_identified; /* IDENTIFIED was seen */
};

static bool
is_secret(const struct secrets *secrets, struct token before, struct token token)
{
    if (token.kind != TOKEN_STRING || token.text.len <= 2) {
        return false;
    }
    bool is_after_password = token_is_word(before, "password");
    bool is_after_by = secrets->is_identified && (token_is_word(before, "by") || token_is_word(before, "as"));
    return secrets->is_setting || (secrets->is_managing && (is_after_password || is_after_by));
}

static void
check_words(struct lint *lint, struct lint_script *script, size_t piece, struct span text)
{
    static const char *const managing[] = {"create", "alter", "grant", NULL};
    struct lexer lexer;
    struct secrets secrets = {0};
    bool has_placeholder = false;
    bool has_secret = false;
    bool is_concurrent = false;
    lexer_init(&lexer, text, lint->driver->lex);
    struct token before = {0};
    struct token token = lexer_next(&lexer);
    bool is_reindex = token_is_word(token, "reindex");
    secrets.is_managing = token_is_one_of(token, managing);
    secrets.is_setting = token_is_word(token, "set") && token_is_word(lexer_peek(&lexer), "password");
    if (token_is_word(token, "drop") && token_is_word(lexer_peek(&lexer), "database")) {
        lint_say(lint, script, piece, RULE_DROP_DATABASE, "drops a whole database");
    }
    while (token.kind != TOKEN_END) {
        struct token next = lexer_next(&lexer);
        is_concurrent = is_concurrent || token_is_word(token, "concurrently");
        secrets.is_identified = secrets.is_identified || token_is_word(token, "identified");
        has_secret = has_secret || is_secret(&secrets, before, token);
        if (!has_placeholder && is_placeholder(lint, before, token, next)) {
            has_placeholder = true;
            lint_say(lint, script, piece, RULE_PLACEHOLDER,
                     "'%.*s%.*s' looks like a placeholder; nothing is filled in", (int)token.text.len,
                     token.text.ptr, touches(token, next) && next.text.len < 40 ? (int)next.text.len : 0,
                     next.text.ptr);
        }
        before = token;
        token = next;
    }
    if (has_secret) {
        lint_say(lint, script, piece, RULE_PASSWORD,
                 "holds a password; scripts are stored and shown to people");
    }
    if (is_reindex && !is_concurrent) {
        lint_say(lint, script, piece, RULE_REINDEX_NOT_CONCURRENT,
                 "blocks writers, and readers that use the index; REINDEX CONCURRENTLY does not");
    }
}

void
lint_text(struct lint *lint, struct lint_script *script)
{
    for (size_t i = 0; i < script->pieces.n; i++) {
        const struct piece *piece = &script->pieces.items[i];
        struct span text = piece_text(&script->pieces, piece);
        if (piece->kind == PIECE_STATEMENT) {
            check_words(lint, script, i, text);
            const char *form = unsupported_form(lint, text);
            if (form != NULL) {
                lint_say(lint, script, i, RULE_UNSUPPORTED_ALTER, "there is no %s here: rebuild the table",
                         form);
            }
        } else if (piece->kind == PIECE_CLIENT && !(piece->flags & PIECE_CLIENT_IGNORED)) {
            struct span rest = text;
            struct span word = {"", 0};
            (void)span_next_word(&rest, &word);
            lint_say(lint, script, i, RULE_CLIENT_COMMAND,
                     "'%.*s' is for a client program, not for the server", (int)word.len, word.ptr);
        }
    }
}

/* Rules over a script as a whole: transactions, settings, what should not stand together. */
#include "script/lint_core.h"

#include "base/vec.h"

#include <string.h>

#define TXN_WORDS (PIECE_TXN_BEGIN | PIECE_TXN_COMMIT | PIECE_TXN_ROLLBACK)

/* -- transactions -----------------------------------------------------------------------------------------
 */

struct walk {
    struct lint *lint;
    struct lint_script *script;
    size_t open;       /* the BEGIN whose transaction is open */
    size_t first_word; /* first transaction word */
    size_t commit;     /* last one */
    size_t n_words;
    size_t no_txn;       /* first statement that no transaction takes */
    size_t n_plain;      /* statements that do something */
    const bool *changes; /* by piece: it does more than set or read */
    bool is_split;       /* statements follow a COMMIT */
    bool is_broken;      /* a finding said so already */
};

static void
walk_word(struct walk *walk, size_t at, unsigned flags)
{
    struct lint *lint = walk->lint;
    bool is_begin = flags & PIECE_TXN_BEGIN;
    walk->first_word = walk->first_word == LINT_NO_PIECE ? at : walk->first_word;
    walk->n_words++;
    if (is_begin && walk->open != LINT_NO_PIECE) {
        lint_say(lint, walk->script, at, RULE_UNBALANCED_TRANSACTION,
                 "begins a transaction inside another one");
        walk->is_broken = true;
    } else if (!is_begin && walk->open == LINT_NO_PIECE && (lint->driver->caps & CAP_TRANSACTIONAL_DDL)) {
        lint_say(lint, walk->script, at, RULE_UNBALANCED_TRANSACTION,
                 "ends a transaction that the script did not begin");
        walk->is_broken = true;
    }
    walk->commit = is_begin ? walk->commit : at;
    walk->open = is_begin ? at : LINT_NO_PIECE;
}

static void
walk_statement(struct walk *walk, size_t at, unsigned flags)
{
    struct lint *lint = walk->lint;
    bool is_open = walk->open != LINT_NO_PIECE;
    if ((flags & PIECE_SESSION) && (is_open || (walk->n_plain > 0 && walk->script->part->transaction))) {
        lint_say(lint, walk->script, at, RULE_PRAGMA_IN_TRANSACTION,
                 "is ignored inside a transaction; put it before the first statement");
    }
    if ((flags & PIECE_SESSION) || !(walk->changes[at] || (flags & PIECE_NO_TXN))) {
        return;
    }
    if (walk->commit != LINT_NO_PIECE && !walk->is_split && !is_open) {
        walk->is_split = true;
    }
    if (is_open && (flags & PIECE_NO_TXN)) {
        lint_say(lint, walk->script, at, RULE_NO_TRANSACTION_INSIDE,
                 "cannot run inside the transaction that the script begins");
        walk->is_broken = true;
    }
    if (is_open && (flags & PIECE_IMPLICIT_COMMIT)) {
        lint_say(lint, walk->script, at, RULE_IMPLICIT_COMMIT,
                 "commits the open transaction, whatever becomes of the rest");
        walk->open = LINT_NO_PIECE;
    }
    if ((flags & PIECE_NO_TXN) && walk->no_txn == LINT_NO_PIECE) {
        walk->no_txn = at;
    }
    walk->n_plain++;
}

static void
check_transactions(struct walk *walk)
{
    struct lint *lint = walk->lint;
    struct lint_script *script = walk->script;
    const struct directives *declared = &script->migration->directives;
    if (walk->open != LINT_NO_PIECE) {
        lint_say(lint, script, walk->open, RULE_UNBALANCED_TRANSACTION,
                 "begins a transaction and does not end it");
        walk->is_broken = true;
    }
    if (walk->is_split || walk->n_words > 2) {
        lint_say(lint, script, walk->commit, RULE_COMMIT_IN_THE_MIDDLE,
                 "what stands before this COMMIT stays when what follows fails");
    } else if (walk->n_words > 0 && !walk->is_broken) {
        lint_say(
            lint, script, walk->first_word, RULE_TRANSACTION_WORDS,
            "begins and commits by itself: leave both out, and the record of the migration commits with it");
    }
    if (walk->no_txn == LINT_NO_PIECE || walk->is_broken) {
        return;
    }
    if (declared->has_transaction && declared->transaction) {
        lint_say(lint, script, walk->no_txn, RULE_NO_TRANSACTION_INSIDE,
                 "cannot run in a transaction, and the header says transaction=on");
    } else if (walk->n_plain > 1) {
        lint_say(
            lint, script, walk->no_txn, RULE_NOT_ALONE,
            "cannot run in a transaction, so the %zu statements of this script commit one by one; give it a "
            "migration of its own",
            walk->n_plain);
    }
}

static void
walk_pieces(struct lint *lint, struct lint_script *script, const struct reverse_side *side)
{
    bool *changes = arena_new_array(&lint->scratch, bool, script->pieces.n + 1);
    for (size_t i = 0; i < side->effects.n; i++) {
        changes[side->effects.items[i].piece] |= effect_is_change(&side->effects.items[i]);
    }
    struct walk walk = {.lint = lint,
                        .changes = changes,
                        .script = script,
                        .open = LINT_NO_PIECE,
                        .first_word = LINT_NO_PIECE,
                        .commit = LINT_NO_PIECE,
                        .no_txn = LINT_NO_PIECE};
    size_t n_ddl = 0;
    for (size_t i = 0; i < script->pieces.n; i++) {
        const struct piece *piece = &script->pieces.items[i];
        if (piece->kind != PIECE_STATEMENT) {
            continue;
        }
        if (piece->flags & TXN_WORDS) {
            walk_word(&walk, i, piece->flags);
        } else if (!(piece->flags & PIECE_TXN_OTHER)) {
            walk_statement(&walk, i, piece->flags);
        }
        n_ddl += (piece->flags & PIECE_IMPLICIT_COMMIT) != 0;
        if ((piece->flags & PIECE_IMPLICIT_COMMIT) && n_ddl == 2) {
            lint_say(lint, script, i, RULE_SEVERAL_DDL,
                     "the schema changes before this one stand when it fails; one a migration is safest");
        }
    }
    check_transactions(&walk);
}

/* -- settings ---------------------------------------------------------------------------------------------
 */

static const struct setting {
    const char *name;
    const char *const off[4];
} settings[] = {
    {"foreign_keys", {"off", "0", "false", "no"}},
    {"foreign_key_checks", {"off", "0", "false", NULL}},
    {"unique_checks", {"off", "0", "false", NULL}},
    {"check_constraint_checks", {"off", "0", "false", NULL}},
    {"ignore_check_constraints", {"on", "1", "true", "yes"}},
    {"session_replication_role", {"replica", NULL, NULL, NULL}},
};

static bool
is_off(const struct setting *setting, const char *value)
{
    struct span text = span_of(value);
    if (text.len >= 2 && (text.ptr[0] == '\'' || text.ptr[0] == '"')) {
        text = (struct span){text.ptr + 1, text.len - 2};
    }
    for (size_t i = 0; i < COUNT_OF(setting->off); i++) {
        if (setting->off[i] != NULL && span_is_nocase(text, setting->off[i])) {
            return true;
        }
    }
    return false;
}

static void
check_settings(struct lint *lint, struct lint_script *script, const struct reverse_side *side)
{
    size_t off_at[COUNT_OF(settings)];
    for (size_t k = 0; k < COUNT_OF(settings); k++) {
        off_at[k] = LINT_NO_PIECE;
    }
    for (size_t i = 0; i < side->effects.n; i++) {
        const struct effect *effect = &side->effects.items[i];
        for (size_t k = 0; k < COUNT_OF(settings) && effect->kind == EFFECT_SESSION; k++) {
            if (str_eq_nocase(effect->name, settings[k].name)) {
                off_at[k] = is_off(&settings[k], effect->type) ? effect->piece : LINT_NO_PIECE;
            }
        }
    }
    for (size_t k = 0; k < COUNT_OF(settings); k++) {
        if (off_at[k] != LINT_NO_PIECE) {
            lint_say(lint, script, off_at[k], RULE_CHECKS_LEFT_OFF, "%s stays as it is set here",
                     settings[k].name);
        }
    }
}

/* -- several at once --------------------------------------------------------------------------------------
 */

static void
check_objects(struct lint *lint, struct lint_script *script, const struct reverse_side *side)
{
    size_t n = 0;
    for (size_t i = 0; i < side->effects.n; i++) {
        const struct effect *effect = &side->effects.items[i];
        bool is_drop = effect->kind == EFFECT_DROP && *effect->table == '\0';
        bool is_next = i > 0 && side->effects.items[i - 1].piece == effect->piece;
        n = is_drop ? (is_next ? n + 1 : 1) : 0;
        if (n == 2) {
            lint_say(lint, script, effect->piece, RULE_SEVERAL_OBJECTS,
                     "drops several objects at once: when one fails, others may be gone; one a statement");
        }
    }
}

static bool
alters_table(const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_ADD_COLUMN:
    case EFFECT_DROP_COLUMN:
    case EFFECT_COLUMN_TYPE:
    case EFFECT_SET_NOT_NULL:
    case EFFECT_DROP_NOT_NULL:
    case EFFECT_SET_DEFAULT:
    case EFFECT_DROP_DEFAULT:
        return true;
    case EFFECT_CREATE:
    case EFFECT_DROP:
        return effect->object == OBJECT_CONSTRAINT || effect->object == OBJECT_FOREIGN_KEY;
    case EFFECT_RENAME:
        return effect->object == OBJECT_TABLE || effect->object == OBJECT_COLUMN;
    case EFFECT_ALTER:
        return effect->object == OBJECT_TABLE;
    case EFFECT_INSERT:
    case EFFECT_UPDATE:
    case EFFECT_DELETE:
    case EFFECT_TRUNCATE:
    case EFFECT_LOCK:
    case EFFECT_SESSION:
    case EFFECT_TRANSACTION:
    case EFFECT_READ:
    case EFFECT_UNKNOWN:
        break;
    }
    return false;
}

static void
check_backfill(struct lint *lint, struct lint_script *script, const struct reverse_side *side)
{
    const char *altered = NULL;
    for (size_t i = 0; i < side->effects.n && script->part->transaction; i++) {
        const struct effect *effect = &side->effects.items[i];
        if (effect->kind == EFFECT_TRANSACTION) {
            altered = NULL;
        }
        if (altered == NULL && alters_table(effect) && !side->on_new_table[i]) {
            altered = effect_table(effect);
        }
        if (altered != NULL && (effect->kind == EFFECT_UPDATE || effect->kind == EFFECT_DELETE) &&
            !side->on_new_table[i]) {
            lint_say(
                lint, script, effect->piece, RULE_BACKFILL,
                "changes rows while '%s' stays locked from the schema change above; give it a migration of "
                "its own",
                altered);
            return;
        }
    }
}

/* -- new tables and labels --------------------------------------------------------------------------------
 */

static bool
has_primary_key(const struct model *model, const struct model_table *table)
{
    for (size_t i = 0; i < table->slots.n; i++) {
        const struct model_thing *key = model_at(model, table->slots.items[i], MODEL_AFTER_UP);
        if (key != NULL && (key->flags & EFFECT_PRIMARY)) {
            return true;
        }
    }
    return false;
}

static void
check_new_tables(struct lint *lint, struct lint_script *script, const struct reverse_side *side)
{
    for (size_t i = 0; i < side->made.n; i++) {
        const struct model_change *change = &side->made.items[i];
        if (change->object == OBJECT_TABLE && change->from == NULL && change->to->own->is_whole &&
            !has_primary_key(&lint->model, change->to->own)) {
            lint_say(lint, script, change->piece_up, RULE_NO_PRIMARY_KEY,
                     "'%s' has no primary key: changes to it can only be saved as the whole table",
                     change->name);
        }
    }
}

/* A new label cannot be used before the transaction that adds it has committed. */
static void
check_labels(struct lint *lint, struct lint_script *script, const struct reverse_side *side)
{
    for (size_t i = 0; i < side->effects.n && script->part->transaction; i++) {
        const struct effect *added = &side->effects.items[i];
        if (!(added->flags & EFFECT_ADD_VALUE) || *added->detail == '\0') {
            continue;
        }
        for (size_t at = added->piece + 1; at < script->pieces.n; at++) {
            const struct piece *piece = &script->pieces.items[at];
            struct lexer lexer;
            struct token token;
            if (piece->kind != PIECE_STATEMENT) {
                continue;
            }
            lexer_init(&lexer, piece_text(&script->pieces, piece), lint->driver->lex);
            if (lexer_accept_words(&lexer, "alter type")) {
                continue; /* ADD VALUE ... AFTER it is fine */
            }
            do {
                token = lexer_next(&lexer);
            } while (token.kind != TOKEN_END && !span_is(token.text, added->detail));
            if (token.kind != TOKEN_END) {
                lint_say(lint, script, at, RULE_ENUM_VALUE_USED,
                         "uses the label %s in the transaction that adds it to '%s'", added->detail,
                         added->name);
                break;
            }
        }
    }
}

void
lint_whole(struct lint *lint, struct lint_script *script, const struct reverse_side *side)
{
    walk_pieces(lint, script, side);
    check_settings(lint, script, side);
    check_objects(lint, script, side);
    check_backfill(lint, script, side);
    check_new_tables(lint, script, side);
    check_labels(lint, script, side);
}

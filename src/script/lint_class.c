/* The declared reversal class against the one that follows from the statements. */
#include "script/lint_core.h"

/* How much a class promises: the smaller, the more. */
static int rank(enum reversal_class class)
{
    static const int ranks[] = {[CLASS_UNSET] = 0,        [CLASS_REVERSIBLE] = 1, [CLASS_SNAPSHOT] = 2,
                                [CLASS_COMPENSATING] = 3, [CLASS_LOSSY] = 4,      [CLASS_IRREVERSIBLE] = 5};
    return ranks[class];
}

void
lint_class(struct lint *lint, struct lint_class *out)
{
    const struct migration *migration = lint->up.migration;
    const struct directives *declared = &migration->directives;
    const char *why;
    bool is_guess = false;
    bool has_compensate = migration->parts[PART_COMPENSATE].is_present;
    *out = (struct lint_class){.migration = migration,
                               .declared = declared->class,
                               .derived = reverse_class(&lint->reverse, &why, &is_guess)};
    out->why = arena_strdup(lint->arena, why);
    bool is_readable = lint->up.is_there && (lint->down.is_there || !lint->down.part->is_present);
    if (!is_readable || declared->class == CLASS_UNSET) {
        return;
    }
    if (declared->class == CLASS_COMPENSATING) {
        if (!has_compensate) {
            lint_say(lint, &lint->up, LINT_NO_PIECE, RULE_MISSING_COMPENSATE,
                     "class=compensating, and there is no .compensate.sql");
        }
        return;
    }
    if (declared->class == CLASS_IRREVERSIBLE && str_is_empty(declared->reason)) {
        lint_say(lint, &lint->up, LINT_NO_PIECE, RULE_MISSING_REASON,
                 "class=irreversible needs a reason: add reason=\"...\" to the header");
    }
    /* What cannot be told may be as good as the author says; a drill proves it. */
    if (rank(declared->class) < rank(out->derived) && !is_guess) {
        lint_say(lint, &lint->up, LINT_NO_PIECE, RULE_CLASS_MISMATCH, "class=%s, but it %s: that is %s",
                 reversal_class_name(declared->class), why, reversal_class_name(out->derived));
    }
}

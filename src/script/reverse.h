/* What a pair of scripts does to the schema and the rows, and the reversal class that follows from it. */
#ifndef SCRIPT_REVERSE_H
#define SCRIPT_REVERSE_H

#include "script/migration.h"
#include "script/model.h"

/* One script of the pair, applied to the model. */
struct reverse_side {
    struct effects effects;    /* no NULL strings */
    bool *on_new_table;        /* by effect: its table was made by this very script */
    bool has_unknown;          /* a statement whose effect cannot be told */
    bool changes;              /* something that has to be taken back: schema or rows */
    struct model_changes made; /* what the script changed */
};

struct reverse {
    struct model *model;
    struct arena *arena;
    bool has_down; /* there is one and it holds a statement that does something */
    struct reverse_side up;
    struct reverse_side down;
    struct model_changes left; /* what the two leave different from before */
};

bool effect_is_change(const struct effect *effect);    /* schema or rows may differ afterwards */
bool effect_is_data(const struct effect *effect);      /* INSERT, UPDATE, DELETE, TRUNCATE */
const char *effect_table(const struct effect *effect); /* the table it is about, itself included; "" */

/* Called before each effect is applied, in order; may be NULL. */
typedef void reverse_visit(void *context, const struct effect *effect);

/* Applies both scripts to the model. It stands after the down then; the caller settles it. */
void reverse_up(struct reverse *reverse, const struct effects *effects, reverse_visit *visit, void *context);
void
reverse_down(struct reverse *reverse, const struct effects *effects, reverse_visit *visit, void *context);

/* `why` goes to the arena; "" when nothing speaks against REVERSIBLE. `*is_guess`: only a statement whose
 * effect cannot be told stands against a better class. */
enum reversal_class reverse_class(const struct reverse *reverse, const char **why, bool *is_guess);

#endif

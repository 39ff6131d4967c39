/* Layouts in which every script is a file of its own: NAME.up.sql beside NAME.down.sql. */
#ifndef SCRIPT_PAIRS_H
#define SCRIPT_PAIRS_H

#include "script/layout.h"

/* What a file's name says. Spans point into the name. */
struct pair_name {
    struct span number; /* may be empty */
    struct span id;     /* the whole name, without direction and extension */
    struct span name;
    enum part_kind kind;
    unsigned rank;      /* of several files for one part the highest wins: dialect before generic */
    bool is_other;      /* for another engine */
    bool is_autocommit; /* runs without a transaction */
    bool is_odd;        /* claimed although its name is not as it should be */
};

struct pair_format {
    /* False: the file is none of ours. `base` is the last component. */
    bool (*parse)(const struct driver *driver, struct span base, struct pair_name *out);
    int (*compare)(struct span a, struct span b); /* order of the numbers */
    bool by_number;       /* the number alone pairs up and down; else the whole name */
    bool rank_beats_name; /* on one number a file of higher rank beats one of another name */
    bool id_is_version;
    bool zeros_count; /* foreign_id keeps leading zeros */
};

enum status pairs_load(struct loader *loader, const struct pair_format *format, struct err *err) MUST_USE;

/* Cuts ".up.sql", ".down.sql", ... off; `separators` may stand for the first dot. */
bool pair_cut_kind(struct span *stem, const char *separators, enum part_kind *kind, bool *is_odd);
/* "0007_x_up.sql", "0007_x.upp.sql" -> "0007_x.up.sql"; "0007_x.sql" -> "0007_x.up.sql". */
const char *pair_suggest(struct arena *arena, const char *base);
int bytes_compare(struct span a, struct span b);

#endif

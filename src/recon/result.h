/* What a check found. */
#ifndef RECON_RESULT_H
#define RECON_RESULT_H

#include "base/hash.h"
#include "base/vec.h"
#include "recon/check_file.h"

enum discord {
    DISCORD_MISSING,  /* on the first side only */
    DISCORD_EXTRA,    /* on the second side only */
    DISCORD_MISMATCH, /* on both, with different values; a row that an invariant forbids */
    DISCORD_DUPLICATE /* a key that one side has more than once */
};

const char *discord_name(enum discord outcome);

/* One value of a row that is shown; text: arena of the result. */
struct shown_value {
    const char *column;
    const char *text; /* NULL: the value is NULL */
};

struct shown_row {
    struct shown_value *values;
    size_t n; /* 0: there is no such row, or nobody asked for values */
};

struct result_sample {
    enum discord outcome;
    bool is_late;
    bool was_before;      /* the baseline has it */
    struct hash128 id;    /* of the check, the outcome and the key */
    const char **columns; /* that differ; names only */
    size_t n_columns;
    struct shown_row key;
    struct shown_row sides[2];
};

enum { SAMPLE_MAX = 10, FINDING_MAX = 200000 };

/* Findings by their ids: what a baseline is made of. */
struct finding_ids {
    struct hash128 *items;
    size_t n;
    size_t cap;
};

struct result {
    const char *name;
    const char *kind; /* "match", "invariant", "replay", "vfk" */
    const char *about;
    const char *sha256;   /* of the check's file; "": it has none */
    const char *sides[2]; /* services, for people; "" where there is none */
    uint64_t matched;
    uint64_t by_rule;     /* of them, not equal but for a tolerance or a rule */
    uint64_t outcomes[4]; /* enum discord; without the late ones */
    uint64_t late;
    uint64_t preexisting; /* of `outcomes` */
    struct result_sample *samples;
    size_t n_samples;
    size_t max_samples;
    const struct finding_ids *seen; /* of an earlier look, sorted; NULL: this is the first */
    struct finding_ids late_ids;
    struct finding_ids ids; /* the first FINDING_MAX of `outcomes` */
    const char **notes; /* rules by which values of different kinds were compared, types compared as text */
    size_t n_notes;
    struct err err; /* status OK: it ran to its end */
    struct arena arena;
};

void result_init(struct result *result, const char *name, const char *kind);
void result_release(struct result *result);
/* Once for each text. */
void result_note(struct result *result, const char *text);

uint64_t result_findings(const struct result *result); /* all outcomes */
/* It ran, and nothing is new. Late rows do not count. */
bool result_is_ok(const struct result *result);

/* The id of a finding: without the key's values one cannot make it. */
struct hash128 finding_id(const char *check, enum discord outcome, struct span key_bytes);

/* Counts a finding of so many rows. `*is_late` becomes true when it is not in `result->seen` either: it came
 * while we looked. The sample to fill in, or NULL when there are enough: what is new goes before what is late
 * or was there before. */
struct result_sample *result_add(struct result *result, enum discord discord, uint64_t rows, bool *is_late,
                                 struct hash128 id, const struct finding_ids *before);

/* Puts the samples in the order in which people want them: new ones first, each kind together. */
void result_settle(struct result *result);

/* By binary search: `ids` is sorted. */
bool finding_ids_have(const struct finding_ids *ids, struct hash128 id);
void finding_ids_sort(struct finding_ids *ids);

#endif

/* What the parts of compare share. For compare*.c only. */
#ifndef RECON_COMPARE_CORE_H
#define RECON_COMPARE_CORE_H

#include "recon/compare.h"
#include "recon/decimal.h"
#include "recon/sketch.h"
#include "recon/spool.h"

#include <stdatomic.h>

enum {
    BUCKET_BITS = 15,
    WAITING_MAX = 64,
    ITEMS_MAX = 1 << 17,      /* differing keys that are remembered, however many there are */
    KEPT_BYTES_MAX = 24 << 20 /* of rows that are shown */
};

/* -- compare_pair.c: what is compared with what */
struct table_pair {
    const char *sides[2]; /* NULL: not there */
    const struct snapshot_reader *readers[2];
};

struct table_pairs {
    struct table_pair *items;
    size_t n;
    size_t cap;
};

enum status pair_tables(const struct compare_end ends[2], const struct compare_names *wanted,
                        struct arena *arena, struct table_pairs *out, struct err *err) MUST_USE;
/* Plans of one shape; fills notes, columns that one side alone has, and the key's names. */
enum status
pair_columns(const struct rows_source sources[2], const struct compare_options *options, struct arena *arena,
             struct rows_plan plans[2], struct compare_table *out, struct err *err) MUST_USE;

/* -- compare_pass.c: reading both sides at once */
struct kept_row {
    uint64_t key;
    struct hash128 row;
    struct span bytes;
    struct span *cells;
};

struct key_filter {
    const struct sketch_item *items; /* by key */
    size_t n;
    unsigned char bits[8192]; /* of the keys' low 16 bits */
};

struct side {
    struct rows_plan plan;
    struct arena arena; /* of one pass */
    uint64_t rows;
    struct hash128 sum;
    struct hash128 *buckets;
    struct sketch sketch;
    struct sketch_entry *waiting; /* rows on their way into buckets and sketch */
    uint32_t *waiting_buckets;
    size_t n_waiting;
    struct spool spool;
    const bool *bucket_differs;      /* second pass: what goes into the spool */
    const struct key_filter *filter; /* last pass: what is kept */
    struct {
        struct kept_row *items;
        size_t n;
        size_t cap;
    } kept;
    size_t kept_bytes;
    bool *is_kept; /* of each item of the filter: one of equal rows is enough, where there is no key */
    bool is_cut;   /* rows were not kept, for there were too many bytes of them */
    const char *const *forms;
    atomic_bool *is_over; /* the other side failed */
    enum status status;
    struct err err;
};

enum status pass_totals(struct side sides[2], struct err *err) MUST_USE;
enum status pass_spool(struct side sides[2], struct err *err) MUST_USE;
enum status pass_keep(struct side sides[2], struct err *err) MUST_USE;

/* -- compare_find.c: the keys that differ */
struct differences {
    struct sketch_items items; /* by key; those of one key together. The first ITEMS_MAX, no more */
    bool is_all;
    uint64_t missing;
    uint64_t extra;
    uint64_t different;
};

/* After pass_totals, whose totals differ. USAGE when the key is not unique. */
enum status find_differences(struct side sides[2], struct arena *arena, struct differences *out,
                             struct err *err) MUST_USE;

/* -- compare_rule.c: NULL when no rule is for that column */
const struct column_rule *compare_rule(const struct compare_rules *rules, const char *column);

/* -- compare_show.c: what differs in the rows of those keys */
enum status
show_differences(struct side sides[2], const struct differences *found, const struct compare_options *options,
                 struct arena *arena, struct compare_table *out, struct err *err) MUST_USE;

#endif

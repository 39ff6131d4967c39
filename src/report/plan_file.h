/* A plan as a file: what is signed, and what a rollback by plan is held to. */
#ifndef REPORT_PLAN_FILE_H
#define REPORT_PLAN_FILE_H

#include "migrate/plan.h"

/* Where a plan was made, and by whom: goes into its file, so that it serves for no other place. */
struct plan_origin {
    const char *author;
    const char *target; /* hash of what identifies the database */
    const char *schema; /* fingerprint of its schema */
};

/* Strings: arena. */
struct plan_file {
    enum direction direction;
    const char *digest;
    const char *from;
    const char *to;
    size_t n_steps;
    struct plan_origin origin; /* "" for what the file does not say */
    const char *const *ids;    /* of the migrations, in order */
};

/* Of the database as it is now. Arena: the session's. */
enum status plan_origin_read(struct session *session, struct plan_origin *out, struct err *err) MUST_USE;

/* USAGE when the text is no plan, or when what it shows is not what its digest stands for. */
enum status
plan_file_parse(struct span text, struct arena *arena, struct plan_file *out, struct err *err) MUST_USE;

/* Makes the plan anew and compares: POLICY, naming the first thing that is not as the file says. `options`
 * are filled from the file. */
enum status plan_file_check(struct session *session, struct span text, const struct plan_file *file,
                            struct plan_options *options, struct err *err) MUST_USE;

#endif

/* A directory of migrations, whatever tool it was written for, as one ordered list. */
#ifndef SCRIPT_MIGRATION_H
#define SCRIPT_MIGRATION_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "driver/driver.h"

#include <stdbool.h>
#include <stddef.h>

enum part_kind { PART_UP, PART_DOWN, PART_VERIFY, PART_COMPENSATE, PART_COUNT };

const char *part_kind_name(enum part_kind kind);

/* Where a script's text lies. Texts are not kept: 10,000 migrations must not fill memory. */
struct part {
    const char *file; /* path relative to the directory (with several folders: as given); "" when absent */
    size_t at;        /* byte range within the file */
    size_t len;
    size_t line;        /* line of `at` in the file, 1-based */
    bool is_present;    /* a file or section is there, even when it is empty */
    bool is_whole_file; /* `at` and `len` are 0 until somebody reads it */
    bool transaction;   /* false: the format or a directive switched the transaction off */
    const char *sha256; /* of the text; "" when absent; filled by migrations_hash */
    const char *why;    /* how it came to be chosen: "beats 2022_x.up.sql"; "" for the plain case */
};

enum reversal_class {
    CLASS_UNSET,
    CLASS_REVERSIBLE,
    CLASS_SNAPSHOT,
    CLASS_COMPENSATING,
    CLASS_LOSSY,
    CLASS_IRREVERSIBLE
};

const char *reversal_class_name(enum reversal_class class); /* "" for UNSET */
bool reversal_class_from_name(struct span name, enum reversal_class *out);

/* What the "-- rollcall:" header says. */
struct directives {
    enum reversal_class class; /* declared; UNSET when not */
    const char *reason;        /* "" */
    const char **tables;       /* declared targets */
    size_t n_tables;
    bool has_transaction;
    bool transaction;
    uint32_t lock_timeout_ms; /* 0: the project's */
};

struct migration {
    const char *id; /* identity: the whole name, e.g. "0007_split_name", "2018-01-14-171611_create_tables" */
    const char
        *version; /* what --to takes and status shows: "0007", "20180114171611", "1.2"; "" for repeatables */
    const char *name;   /* "split_name" */
    bool is_repeatable; /* Flyway R: applied after all others when its text changed */
    bool is_baseline;   /* Flyway B: the first migration; stands in for older versions that are gone */
    struct part parts[PART_COUNT];
    struct directives directives; /* of the up script; filled by migration_read */
    const char *foreign_id; /* id in the other tool's history table: "20180114171611", Sqitch's change id,
                               script name */
    const char *depends;    /* Sqitch requires, space-joined; "" */
};

enum finding_severity { FINDING_NOTE, FINDING_WARNING, FINDING_ERROR };

/* Something about the directory itself, by a fixed rule id:
 *   unclaimed-file     a .sql file that no rule of the layout claims
 *   duplicate-version  several migrations on one number; applied in the order of their whole names
 *   duplicate-id       one migration twice
 *   names-differ       up and down belong together by number only
 *   down-without-up    a part whose up script is not there
 *   cannot-import      what another program would have to run: Go, JavaScript, templates, a client's commands
 *   placeholder        a variable without a value
 *   bad-marker         an annotation that its own tool would refuse
 *   statement-region   a marked statement that is several by the engine's own rules
 *   missing-file       a script that the plan names and that is not there
 *   bad-plan, bad-config, bad-directive
 *   bad-text           NUL bytes, not UTF-8; a byte-order mark as a warning
 *   bad-link           a symbolic link that leads nowhere or out of the directory
 *   unreadable
 *   other-dialect      files for other engines
 *   baseline           a Flyway baseline that is not needed
 * ERROR: nothing can be applied until it is solved; else a migration's place in the history would be missing.
 */
struct finding {
    enum finding_severity severity;
    const char *rule; /* "unclaimed-file", "duplicate-version", "cannot-import", ... */
    const char *file; /* relative */
    size_t line;      /* 0: the whole file */
    const char *message;
};

struct layout; /* one of the formats; see layout.h */

struct migrations {
    const char *dir;      /* as given */
    const char **folders; /* one, or those that `dir` joins by commas */
    size_t n_folders;
    bool has_links;              /* symbolic links were seen: every read checks where it leads */
    const struct driver *driver; /* whose dialect's files count; may be NULL */
    const struct layout *layout;
    struct migration *items; /* in the order of application */
    size_t n;
    size_t cap;
    struct finding *findings;
    size_t n_findings;
    size_t cap_findings;
    struct arena *arena;
};

/* Reads the directory. `layout_name` NULL: detect by shape. `driver` decides which dialect's files count
 * (NULL: those that name none). `dir` may be several folders joined by commas, merged by version. Problems of
 * single files become findings; only an unreadable directory or an unknown layout is an error. */
enum status migrations_load(const char *dir, const char *layout_name, const struct driver *driver,
                            struct arena *arena, struct migrations *out, struct err *err) MUST_USE;
/* Fills sha256 of every part and the directives of every up script; reads each file once, keeps none. What is
 * wrong with a text (not UTF-8, a bad directive, a placeholder, a client's command) becomes a finding, too.
 */
enum status migrations_hash(struct migrations *migrations, struct err *err) MUST_USE;
/* USAGE with the first finding of severity ERROR and how many there are: the history is not whole, and
 * nothing can be applied on top of a hole. */
enum status migrations_check(const struct migrations *migrations, struct err *err) MUST_USE;
/* Reads one part's text into the arena. The file must be valid UTF-8 without NUL, inside the directory; else
 * USAGE with file, line and column. */
enum status
migration_read(const struct migrations *migrations, const struct migration *migration, enum part_kind kind,
               struct arena *arena, struct span *out, struct err *err) MUST_USE;
/* By whole id, else by version (numbers by value: "7" finds "0007"), else by the number an id begins with;
 * NULL when none, STATUS_USAGE when several match. */
enum status migrations_find(const struct migrations *migrations, const char *name,
                            const struct migration **out, struct err *err) MUST_USE;

/* Parses the "-- rollcall: key=value ..." lines at the head of a text. USAGE with the line on an unknown key;
 * `ignore=` (the next statement) and `ignore-file=` are lint's and skipped here.
 */
enum status
directives_parse(struct span text, struct arena *arena, struct directives *out, struct err *err) MUST_USE;

/* -1, 0, 1: dotted numbers by value, part by part ("1.2" = "1.02" < "1.10"); what is no number by its bytes.
 */
int version_compare(const char *a, const char *b);

#endif

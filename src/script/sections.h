/* Layouts in which one file holds both directions, told apart by marker lines. */
#ifndef SCRIPT_SECTIONS_H
#define SCRIPT_SECTIONS_H

#include "script/layout.h"

/* A file on its way through the lines. */
struct sections {
    struct loader *loader;
    const char *file;
    struct span text;
    struct part parts[PART_COUNT]; /* up and down are filled */
    struct part *open;             /* the section that the present line belongs to; NULL before the first */
    size_t at;                     /* of the present line */
    size_t line;                   /* its number */
    bool has_error;
    bool has_outside; /* text before the first section was seen and noted */
    /* a region that is one statement by its markers */
    bool in_region;
    size_t region_at;
    size_t region_line;
};

/* What the tool writes into its history table. */
enum foreign_form {
    FOREIGN_NUMBER, /* the number without leading zeros */
    FOREIGN_TEXT,   /* the number as written */
    FOREIGN_STEM,   /* the file's name without extension */
    FOREIGN_FILE    /* the file's name */
};

struct section_format {
    /* Number (may be empty) and name from the file's name; false: none of ours. */
    bool (*claim)(struct span base, struct span *number, struct span *name);
    void (*parse)(struct sections *sections);
    void (*sort)(struct migrations *migrations);
    enum foreign_form foreign;
};

enum status
sections_load(struct loader *loader, const struct section_format *format, struct err *err) MUST_USE;

/* NUMBER_name.sql, the name may be missing; what most formats have. */
bool section_claim_numbered(struct span base, struct span *number, struct span *name);

/* The next line, or false after the last. */
bool sections_next_line(struct sections *sections, struct span *line);
/* The present line is a marker: ends the open section before it and begins `kind` behind it. A second section
 * of the same kind is an error. */
void sections_begin(struct sections *sections, enum part_kind kind, struct span line);
void sections_end(struct sections *sections);
/* Notes, once, text that is neither blank nor a comment before the first marker: ERROR where the tool refuses
 * it, WARNING where it passes it over. */
void sections_check_outside(struct sections *sections, struct span line, enum finding_severity severity);
void sections_error(struct sections *sections, const char *rule, size_t line, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
/* StatementBegin and StatementEnd of several formats. */
void sections_begin_region(struct sections *sections, struct span line);
void sections_end_region(struct sections *sections);

#endif

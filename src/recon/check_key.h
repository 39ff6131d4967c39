/* What check_file.c and check_key.c share: the reader of one text, and the keys of its directives. */
#ifndef RECON_CHECK_KEY_H
#define RECON_CHECK_KEY_H

#include "driver/piece.h"
#include "recon/check_file.h"

struct check_reader {
    const char *file;
    struct arena *arena;
    struct check_list *out;
    struct err *err;
    size_t first;            /* of this text's checks in `out` */
    struct check *check;     /* being read; NULL before the first */
    struct check_side *side; /* NULL: at its head */
    uint64_t seen;           /* bit a key: given at this place already */
    uint64_t head_seen;
    size_t line;
    const char *line_start;
    const char *at; /* where a refusal points */
};

/* USAGE with file, line and column before the words. */
enum status check_refuse(struct check_reader *reader, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* "there is no WHAT 'given'", with the nearest or all in the hint. */
enum status check_refuse_word(struct check_reader *reader, const char *what, struct span given,
                              const char *const *known, size_t n);

/* Any key but `check` and `side`. */
enum status check_set(struct check_reader *reader, struct span key, struct span value) MUST_USE;

/* What has to be there by the end of a side, of a check. */
enum status check_close_side(struct check_reader *reader) MUST_USE;
enum status check_close(struct check_reader *reader) MUST_USE;

#endif

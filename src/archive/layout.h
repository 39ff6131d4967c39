/* The parts of a snapshot file as bytes; between writer and reader only. */
#ifndef ARCHIVE_LAYOUT_H
#define ARCHIVE_LAYOUT_H

#include "archive/frame.h"
#include "archive/snapshot.h"
#include "base/wire.h"

/* Kinds of skippable frames. */
enum { KIND_HEADER = 0, KIND_DIRECTORY = 1, KIND_TRAILER = 2 };

enum {
    TRAILER_LEN = SKIPPABLE_HEAD + 48,
    HEADER_MAX = 16 << 20,
    DIRECTORY_MAX = 64 << 20,
    GROUP_PLAIN_MAX = 64 << 20
};

/* One column frame, or one part of a spilled cell. */
struct frame_entry {
    uint64_t offset; /* in the file; of column frames it follows from their order */
    uint32_t stored;
    uint32_t plain;
    uint64_t hash; /* XXH3-64 of the stored bytes */
};

/* A cell that left its row group: parts of SPILL_PART_BYTES, the last one shorter. */
struct spill {
    uint32_t row;
    uint32_t column;
    uint64_t len;
    struct frame_entry *parts;
    size_t n_parts;
};

/* What a row group holds: stands before its column frames. */
struct directory {
    uint32_t rows;
    struct frame_entry *columns;
    size_t n_columns;
    struct spill *spills; /* by row, then column */
    size_t n_spills;
    size_t cap_spills;
};

/* A row group's line in the footer. */
struct group_entry {
    uint64_t offset;
    uint32_t directory; /* bytes of the directory's frame */
    uint32_t frames;    /* bytes of the column frames behind it */
    uint32_t rows;
    bool has_range;
    int64_t min;
    int64_t max;
    struct hash128 sum;
    uint64_t hash; /* XXH3-64 of the directory's frame */
};

enum { GROUP_ENTRY_LEN = 8 + 4 + 4 + 4 + 1 + 8 + 8 + 16 + 8 };

struct footer {
    struct snapshot_totals totals;
    uint64_t spilled; /* stored bytes of all spilled parts */
    struct group_entry *groups;
};

struct trailer {
    uint64_t footer_offset;
    uint64_t footer_len;
    struct hash128 hash; /* XXH3-128 of the header's and the footer's frames */
};

/* Appends a whole skippable frame. IO when it is too long for one. */
enum status header_put(const struct snapshot_header *header, struct buf *out, struct err *err) MUST_USE;
enum status directory_put(const struct directory *directory, struct buf *out, struct err *err) MUST_USE;
void trailer_put(const struct trailer *trailer, struct buf *out);
/* Plain bytes of the footer's frame. */
void footer_put(const struct footer *footer, struct buf *out);

/* Back, all in the arena; CORRUPT when anything is out of bounds or left over. */
enum status
header_get(struct span frame, struct arena *arena, struct snapshot_header *out, struct err *err) MUST_USE;
enum status directory_get(struct span frame, size_t n_columns, struct arena *arena, struct directory *out,
                          struct err *err) MUST_USE;
enum status footer_get(struct span plain, struct arena *arena, struct footer *out, struct err *err) MUST_USE;
enum status trailer_get(struct span frame, struct trailer *out, struct err *err) MUST_USE;

#endif

/* A row group on its way into the file: filled row by row, then encoded as directory and column frames. */
#ifndef ARCHIVE_GROUP_H
#define ARCHIVE_GROUP_H

#include "archive/layout.h"
#include "base/vec.h"

struct group {
    const struct snapshot_header *header; /* borrowed */
    size_t range_column;                  /* whose values the footer tells; n_columns: none */
    struct column_cells *columns;
    uint32_t rows;
    size_t inline_bytes;  /* of the images without spilled cells: what fills the group */
    uint64_t plain_bytes; /* of the images */
    struct hash128 sum;
    bool has_range;
    int64_t min;
    int64_t max;
    VEC(struct spill) spills;
    struct arena arena; /* of the spills */
};

void group_init(struct group *group, const struct snapshot_header *header, struct arena *arena);
void group_release(struct group *group);
void group_reset(struct group *group);
bool group_is_full(const struct group *group);

/* Writes a cell's bytes to the file and says where they are (group's arena). */
struct spiller {
    enum status (*spill)(void *state, struct span bytes, struct arena *arena, struct spill *out,
                         struct err *err);
    void *state;
};

/* Adds the row; BUG when the image is malformed. */
enum status
group_add(struct group *group, struct span image, const struct spiller *spiller, struct err *err) MUST_USE;

/* Memory to encode with; one a thread. */
struct group_coder {
    struct frame_coder frames;
    struct buf plain;     /* of one column */
    struct buf directory; /* the finished frame */
    struct buf stored;    /* the finished column frames */
    struct frame_entry *entries;
};

void group_coder_init(struct group_coder *coder, size_t n_columns, struct arena *arena);
void group_coder_release(struct group_coder *coder);
/* Fills coder->directory and coder->stored, and `out` but for the offset. */
enum status group_encode(const struct group *group, int level, struct group_coder *coder,
                         struct group_entry *out, struct err *err) MUST_USE;

#endif

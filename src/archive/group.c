#include "archive/group.h"

void
group_init(struct group *group, const struct snapshot_header *header, struct arena *arena)
{
    *group = (struct group){.header = header, .range_column = header->n_columns};
    group->columns = arena_new_array(arena, struct column_cells, header->n_columns);
    for (size_t i = 0; i < header->n_columns; i++) {
        column_cells_init(&group->columns[i]);
        const struct snapshot_column *column = &header->columns[i];
        if (column->key_place == 1 && column->traits.number != NUMBER_NONE && !column->traits.is_tagged) {
            group->range_column = i;
        }
    }
    group_reset(group);
}

void
group_release(struct group *group)
{
    for (size_t i = 0; group->columns != NULL && i < group->header->n_columns; i++) {
        column_cells_release(&group->columns[i]);
    }
    arena_release(&group->arena);
}

void
group_reset(struct group *group)
{
    for (size_t i = 0; i < group->header->n_columns; i++) {
        column_cells_reset(&group->columns[i]);
    }
    arena_release(&group->arena);
    group->spills.items = NULL;
    group->spills.n = group->spills.cap = 0;
    group->rows = 0;
    group->inline_bytes = 0;
    group->plain_bytes = 0;
    group->sum = (struct hash128){0, 0};
    group->has_range = group->range_column < group->header->n_columns;
    group->min = INT64_MAX;
    group->max = INT64_MIN;
}

bool
group_is_full(const struct group *group)
{
    return group->rows == GROUP_ROW_MAX || group->inline_bytes >= GROUP_BYTES;
}

static uint32_t
load_big32(const char *ptr)
{
    const unsigned char *at = (const unsigned char *)ptr;
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | (uint32_t)at[3];
}

/* Key ranges are told in signed numbers; an unsigned one that does not fit spoils them. */
static void
note_range(struct group *group, enum column_number number, struct span cell)
{
    if (!column_is_number(number, cell.len)) {
        group->has_range = false;
        return;
    }
    int64_t value = column_number_at(number, cell.ptr, cell.len);
    bool is_unsigned = number == NUMBER_BIG_UNSIGNED || number == NUMBER_LITTLE_UNSIGNED;
    if (is_unsigned && value < 0) {
        group->has_range = false;
        return;
    }
    group->min = value < group->min ? value : group->min;
    group->max = value > group->max ? value : group->max;
}

static enum status
spill_cell(struct group *group, size_t column, struct span bytes, const struct spiller *spiller,
           struct err *err)
{
    struct spill spill = {.row = group->rows, .column = (uint32_t)column, .len = bytes.len};
    TRY(spiller->spill(spiller->state, bytes, &group->arena, &spill, err));
    vec_push(&group->arena, &group->spills, spill);
    return STATUS_OK;
}

/* `own` counts the bytes of the row that stay in the group. */
static enum status
add_cell(struct group *group, size_t i, struct span cell, size_t *own, const struct spiller *spiller,
         struct err *err)
{
    struct column_cells *column = &group->columns[i];
    bool is_tagged = group->header->columns[i].traits.is_tagged;
    char tag = '\0';
    if (is_tagged) {
        if (cell.len == 0) {
            return err_raise(err, STATUS_BUG, "a cell of column %zu has no tag", i + 1);
        }
        tag = cell.ptr[0];
        cell = (struct span){cell.ptr + 1, cell.len - 1};
    }
    if (cell.len > SPILL_BYTES || *own + cell.len > ROW_INLINE_MAX) {
        TRY(spill_cell(group, i, cell, spiller, err));
        cell = (struct span){"", 0};
    }
    *own += cell.len + 4;
    if (is_tagged) {
        column_add_tagged(column, tag, cell);
    } else {
        column_add(column, cell);
    }
    return STATUS_OK;
}

/* A malformed image must be known before any part of it is in the group. */
static bool
is_well_formed(struct span image, size_t n_columns)
{
    size_t at = 2;
    if (image.len < 2 ||
        ((size_t)(unsigned char)image.ptr[0] << 8 | (unsigned char)image.ptr[1]) != n_columns) {
        return false;
    }
    for (size_t i = 0; i < n_columns; i++) {
        if (image.len - at < 4) {
            return false;
        }
        uint32_t len = load_big32(image.ptr + at);
        at += 4;
        if (len != CELL_NULL) {
            if (len > INT32_MAX || image.len - at < len) {
                return false;
            }
            at += len;
        }
    }
    return at == image.len;
}

enum status
group_add(struct group *group, struct span image, const struct spiller *spiller, struct err *err)
{
    const struct snapshot_header *header = group->header;
    size_t own = 0;
    if (!is_well_formed(image, header->n_columns)) {
        return err_raise(err, STATUS_BUG, "a row image of %zu bytes is malformed", image.len);
    }
    const char *at = image.ptr + 2;
    for (size_t i = 0; i < header->n_columns; i++) {
        uint32_t len = load_big32(at);
        at += 4;
        if (len == CELL_NULL) {
            column_add_null(&group->columns[i]);
            own += 4;
            group->has_range = group->has_range && i != group->range_column;
            continue;
        }
        struct span cell = {at, len};
        if (i == group->range_column && group->has_range) {
            note_range(group, header->columns[i].traits.number, cell);
        }
        TRY(add_cell(group, i, cell, &own, spiller, err));
        at += len;
    }
    group->sum = hash128_add(group->sum, hash128(image));
    group->rows++;
    group->inline_bytes += own;
    group->plain_bytes += image.len;
    return STATUS_OK;
}

/* -- encoding ------------------------------------------------------------------------------------------- */

void
group_coder_init(struct group_coder *coder, size_t n_columns, struct arena *arena)
{
    *coder = (struct group_coder){
        .plain = BUF_INIT((size_t)COLUMN_PLAIN_MAX),
        .directory = BUF_INIT((size_t)DIRECTORY_MAX + SKIPPABLE_HEAD),
        .stored = BUF_INIT(frame_bound((size_t)GROUP_PLAIN_MAX)),
        .entries = arena_new_array(arena, struct frame_entry, n_columns),
    };
}

void
group_coder_release(struct group_coder *coder)
{
    frame_coder_release(&coder->frames);
    buf_release(&coder->plain);
    buf_release(&coder->directory);
    buf_release(&coder->stored);
}

static enum status
encode_column(const struct group *group, size_t i, int level, struct group_coder *coder, struct err *err)
{
    size_t from = coder->stored.len;
    coder->plain.len = 0;
    column_encode(&group->columns[i], group->header->columns[i].traits, &coder->plain);
    struct span plain = {coder->plain.data, coder->plain.len};
    TRY(frame_encode(&coder->frames, level, plain, &coder->stored, err));
    struct span stored = {coder->stored.data + from, coder->stored.len - from};
    coder->entries[i] = (struct frame_entry){
        .stored = (uint32_t)stored.len, .plain = (uint32_t)plain.len, .hash = hash64(stored)};
    return STATUS_OK;
}

enum status
group_encode(const struct group *group, int level, struct group_coder *coder, struct group_entry *out,
             struct err *err)
{
    size_t n = group->header->n_columns;
    coder->stored.len = 0;
    coder->directory.len = 0;
    for (size_t i = 0; i < n; i++) {
        TRY(encode_column(group, i, level, coder, err));
    }
    struct directory directory = {.rows = group->rows,
                                  .columns = coder->entries,
                                  .n_columns = n,
                                  .spills = group->spills.items,
                                  .n_spills = group->spills.n};
    TRY(directory_put(&directory, &coder->directory, err));
    *out = (struct group_entry){
        .directory = (uint32_t)coder->directory.len,
        .frames = (uint32_t)coder->stored.len,
        .rows = group->rows,
        .has_range = group->has_range,
        .min = group->has_range ? group->min : 0,
        .max = group->has_range ? group->max : 0,
        .sum = group->sum,
        .hash = hash64((struct span){coder->directory.data, coder->directory.len}),
    };
    return STATUS_OK;
}

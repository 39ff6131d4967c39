/* Row groups back to rows. */
#include "archive/reader.h"

#include <string.h>

static struct span
bytes_of(const struct buf *buf)
{
    return (struct span){buf->data, buf->len};
}

/* -- row groups ----------------------------------------------------------------------------------------- */

/* Where the next cell of a column comes from. */
struct column_cursor {
    size_t index; /* in the header */
    const uint32_t *lengths;
    const char *tags; /* NULL: not tagged */
    const char *data;
};

/* What one thread needs to read groups. */
struct scan {
    const struct snapshot_reader *reader;
    struct arena arena; /* of the scan */
    struct arena group; /* of the current group */
    struct frame_coder coder;
    struct buf stored;
    struct buf plain;
    struct buf image;
    struct column_cells *columns; /* the wanted ones */
    struct column_cursor *cursors;
    size_t n_wanted;
    struct directory directory;
    size_t next_spill;
    uint64_t spilled; /* stored bytes of the parts read so far */
};

struct scan *
scan_new(const struct snapshot_reader *reader, const bool *wanted)
{
    struct arena arena = {0};
    struct scan *scan = arena_new(&arena, struct scan);
    size_t n = reader->header.n_columns;
    *scan = (struct scan){
        .reader = reader,
        .arena = arena,
        .stored = BUF_INIT(frame_bound((size_t)GROUP_PLAIN_MAX) + DIRECTORY_MAX),
        .plain = BUF_INIT((size_t)COLUMN_PLAIN_MAX),
        .image = BUF_INIT((size_t)GROUP_PLAIN_MAX),
    };
    scan->columns = arena_new_array(&scan->arena, struct column_cells, n);
    scan->cursors = arena_new_array(&scan->arena, struct column_cursor, n);
    for (size_t i = 0; i < n; i++) {
        if (wanted == NULL || wanted[i]) {
            column_cells_init(&scan->columns[scan->n_wanted]);
            scan->cursors[scan->n_wanted++].index = i;
        }
    }
    return scan;
}

void
scan_free(struct scan *scan)
{
    for (size_t i = 0; i < scan->n_wanted; i++) {
        column_cells_release(&scan->columns[i]);
    }
    frame_coder_release(&scan->coder);
    buf_release(&scan->stored);
    buf_release(&scan->plain);
    buf_release(&scan->image);
    arena_release(&scan->group);
    struct arena arena = scan->arena; /* holds `scan` itself */
    arena_release(&arena);
}

void
scan_free_p(struct scan **scan)
{
    scan_free(*scan);
}

uint64_t
scan_spilled(const struct scan *scan)
{
    return scan->spilled;
}

static enum status
read_directory(struct scan *scan, const struct group_entry *entry, struct err *err)
{
    const struct snapshot_reader *reader = scan->reader;
    uint64_t frames = 0;
    arena_release(&scan->group);
    TRY(reader_read(reader, entry->offset, entry->directory, &scan->stored, err));
    if (hash64(bytes_of(&scan->stored)) != entry->hash) {
        return reader_damaged(reader, "a directory differs from its checksum", err);
    }
    enum status status =
        directory_get(bytes_of(&scan->stored), reader->header.n_columns, &scan->group, &scan->directory, err);
    TRY(reader_named(reader, status, err));
    for (size_t i = 0; i < scan->directory.n_columns; i++) {
        scan->directory.columns[i].offset = entry->offset + entry->directory + frames;
        frames += scan->directory.columns[i].stored;
    }
    if (frames != entry->frames || scan->directory.rows != entry->rows) {
        return reader_damaged(reader, "a directory does not fit the footer", err);
    }
    return STATUS_OK;
}

/* Checks, decompresses to scan->plain. */
static enum status
decode_frame(struct scan *scan, const struct frame_entry *entry, struct span stored, struct err *err)
{
    if (hash64(stored) != entry->hash) {
        return reader_damaged(scan->reader, "a frame differs from its checksum", err);
    }
    scan->plain.len = 0;
    char *room = buf_room(&scan->plain, entry->plain);
    if (room == NULL) {
        return reader_damaged(scan->reader, "a frame is larger than any may be", err);
    }
    TRY(reader_named(scan->reader, frame_decode(&scan->coder, stored, room, entry->plain, err), err));
    scan->plain.len = entry->plain;
    return STATUS_OK;
}

static enum status
decode_column(struct scan *scan, size_t wanted, struct span stored, struct err *err)
{
    struct column_cursor *cursor = &scan->cursors[wanted];
    struct column_cells *cells = &scan->columns[wanted];
    struct column_traits traits = scan->reader->header.columns[cursor->index].traits;
    TRY(decode_frame(scan, &scan->directory.columns[cursor->index], stored, err));
    enum status status = column_decode(bytes_of(&scan->plain), traits, scan->directory.rows, cells, err);
    TRY(reader_named(scan->reader, status, err));
    cursor->lengths = column_cells_lengths(cells);
    cursor->tags = traits.is_tagged ? buf_cstr(&cells->tags) : NULL;
    cursor->data = buf_cstr(&cells->data);
    return STATUS_OK;
}

/* All frames in one read, or each wanted one on its own. */
static enum status
read_columns(struct scan *scan, const struct group_entry *entry, struct err *err)
{
    const struct snapshot_reader *reader = scan->reader;
    bool is_whole = scan->n_wanted == reader->header.n_columns;
    uint64_t base = entry->offset + entry->directory;
    if (is_whole) {
        TRY(reader_read(reader, base, entry->frames, &scan->stored, err));
    }
    for (size_t i = 0; i < scan->n_wanted; i++) {
        const struct frame_entry *frame = &scan->directory.columns[scan->cursors[i].index];
        if (!is_whole) {
            TRY(reader_read(reader, frame->offset, frame->stored, &scan->stored, err));
        }
        size_t at = is_whole ? (size_t)(frame->offset - base) : 0;
        TRY(decode_column(scan, i, (struct span){scan->stored.data + at, frame->stored}, err));
    }
    return STATUS_OK;
}

/* -- rows ----------------------------------------------------------------------------------------------- */

static inline void
store_length(char *at, uint32_t len)
{
    at[0] = (char)(len >> 24);
    at[1] = (char)(len >> 16);
    at[2] = (char)(len >> 8);
    at[3] = (char)len;
}

/* The commonest lengths become single moves. */
static inline char *
copy_cell(char *at, const char *cell, size_t len)
{
    if (len == 8) {
        memcpy(at, cell, 8);
    } else if (len == 4) {
        memcpy(at, cell, 4);
    } else if (len == 1) {
        *at = *cell;
    } else {
        memcpy(at, cell, len);
    }
    return at + len;
}

static void
put_length(struct buf *image, uint32_t len)
{
    char head[4];
    store_length(head, len);
    buf_push(image, head, sizeof(head));
}

/* The spill of this cell, if it has one. They are sorted as the cells come; those of unwanted columns are
 * passed over. */
static const struct spill *
spill_at(struct scan *scan, uint32_t row, size_t column)
{
    const struct directory *directory = &scan->directory;
    while (scan->next_spill < directory->n_spills) {
        const struct spill *spill = &directory->spills[scan->next_spill];
        if (spill->row > row || (spill->row == row && spill->column > column)) {
            return NULL;
        }
        scan->next_spill++;
        if (spill->row == row && spill->column == column) {
            return spill;
        }
    }
    return NULL;
}

static enum status
send_spill(struct scan *scan, const struct spill *spill, bool is_tagged, char tag,
           const struct row_sink *sink, struct err *err)
{
    if (spill->len + is_tagged > INT32_MAX) {
        return reader_damaged(scan->reader, "a spilled cell is larger than any may be", err);
    }
    put_length(&scan->image, (uint32_t)(spill->len + is_tagged));
    buf_push(&scan->image, &tag, is_tagged);
    TRY(sink->piece(sink->state, bytes_of(&scan->image), false, err));
    scan->image.len = 0;
    for (size_t i = 0; i < spill->n_parts; i++) {
        const struct frame_entry *part = &spill->parts[i];
        TRY(reader_read(scan->reader, part->offset, part->stored, &scan->stored, err));
        TRY(decode_frame(scan, part, bytes_of(&scan->stored), err));
        TRY(sink->piece(sink->state, bytes_of(&scan->plain), false, err));
        scan->spilled += part->stored;
    }
    return STATUS_OK;
}

/* Rows without spilled cells, which are nearly all: one question for room, then plain moves. */
static bool
fill_row(struct scan *scan, uint32_t row)
{
    size_t need = 2;
    for (size_t i = 0; i < scan->n_wanted; i++) {
        uint32_t len = scan->cursors[i].lengths[row];
        need += 5 + (len == CELL_NULL ? 0 : len);
    }
    scan->image.len = 0;
    if (buf_room(&scan->image, need) == NULL) {
        return false;
    }
    row_image_begin(&scan->image, scan->n_wanted);
    char *at = scan->image.data + scan->image.len;
    for (size_t i = 0; i < scan->n_wanted; i++) {
        struct column_cursor *cursor = &scan->cursors[i];
        uint32_t len = cursor->lengths[row];
        bool is_null = len == CELL_NULL;
        bool is_tagged = !is_null && cursor->tags != NULL;
        store_length(at, is_null ? CELL_NULL : len + is_tagged);
        at += 4;
        if (is_tagged) {
            *at++ = *cursor->tags++;
        }
        if (!is_null) {
            at = copy_cell(at, cursor->data, len);
            cursor->data += len;
        }
    }
    scan->image.len = (size_t)(at - scan->image.data);
    return true;
}

/* A row with spilled cells goes out in pieces. */
static enum status
send_pieces(struct scan *scan, uint32_t row, const struct row_sink *sink, struct err *err)
{
    scan->image.len = 0;
    row_image_begin(&scan->image, scan->n_wanted);
    for (size_t i = 0; i < scan->n_wanted; i++) {
        struct column_cursor *cursor = &scan->cursors[i];
        uint32_t len = cursor->lengths[row];
        bool is_tagged = cursor->tags != NULL;
        if (len == CELL_NULL) {
            row_image_null(&scan->image);
            continue;
        }
        char tag = is_tagged ? *cursor->tags++ : '\0';
        const struct spill *spill = spill_at(scan, row, cursor->index);
        if (spill != NULL && len != 0) {
            return reader_damaged(scan->reader, "a cell is both in its group and spilled", err);
        }
        if (spill != NULL) {
            TRY(send_spill(scan, spill, is_tagged, tag, sink, err));
            continue;
        }
        put_length(&scan->image, len + is_tagged);
        buf_push(&scan->image, &tag, is_tagged);
        buf_push(&scan->image, cursor->data, len);
        cursor->data += len;
    }
    return scan->image.overflow ? reader_damaged(scan->reader, "a row is larger than any may be", err)
                                : STATUS_OK;
}

static enum status
send_row(struct scan *scan, uint32_t row, const struct row_sink *sink, struct err *err)
{
    const struct directory *directory = &scan->directory;
    bool has_spills =
        scan->next_spill < directory->n_spills && directory->spills[scan->next_spill].row <= row;
    if (has_spills) {
        TRY(send_pieces(scan, row, sink, err));
    } else if (!fill_row(scan, row)) {
        return reader_damaged(scan->reader, "a row is larger than any may be", err);
    }
    return sink->piece(sink->state, bytes_of(&scan->image), true, err);
}

enum status
scan_group(struct scan *scan, uint64_t group, const struct row_sink *sink, struct err *err)
{
    const struct group_entry *entry = &scan->reader->footer.groups[group];
    TRY(read_directory(scan, entry, err));
    TRY(read_columns(scan, entry, err));
    scan->next_spill = 0;
    for (uint32_t row = 0; row < entry->rows; row++) {
        TRY(send_row(scan, row, sink, err));
    }
    return STATUS_OK;
}

enum status
snapshot_read(const struct snapshot_reader *reader, uint64_t from, uint64_t to, const bool *wanted,
              const struct row_sink *sink, struct err *err)
{
    SCAN_SCOPED *scan = scan_new(reader, wanted);
    for (uint64_t group = from; group < to && group < reader->footer.totals.groups; group++) {
        TRY(scan_group(scan, group, sink, err));
    }
    return STATUS_OK;
}

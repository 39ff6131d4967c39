#include "archive/layout.h"

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct snapshot_reader {
    struct arena arena;
    const char *path;
    int fd;
    uint64_t size;
    uint64_t header_len;
    struct trailer trailer;
    struct snapshot_header header;
    struct footer footer;
};

static enum status
raise_damaged(const struct snapshot_reader *reader, const char *what, struct err *err)
{
    return err_raise(err, STATUS_CORRUPT, "the snapshot '%s' is damaged: %s", reader->path, what);
}

/* For the layers below, which do not know the file. */
static enum status
name_file(const struct snapshot_reader *reader, enum status status, struct err *err)
{
    return status == STATUS_OK ? status : err_wrap(err, "the snapshot '%s'", reader->path);
}

/* -- opening -------------------------------------------------------------------------------------------- */

static enum status
read_at(const struct snapshot_reader *reader, uint64_t offset, size_t len, struct buf *out, struct err *err)
{
    out->len = 0;
    if (offset > reader->size || len > reader->size - offset) {
        return raise_damaged(reader, "a part lies outside the file", err);
    }
    char *room = buf_room(out, len);
    if (room == NULL) {
        return raise_damaged(reader, "a part is larger than any may be", err);
    }
    while (out->len < len) {
        ssize_t n = pread(reader->fd, room + out->len, len - out->len, (off_t)(offset + out->len));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return err_raise(err, STATUS_IO, "cannot read the snapshot '%s': %s", reader->path,
                             strerror(errno));
        }
        if (n == 0) {
            return raise_damaged(reader, "it got shorter", err);
        }
        out->len += (size_t)n;
    }
    return STATUS_OK;
}

static struct span
bytes_of(const struct buf *buf)
{
    return (struct span){buf->data, buf->len};
}

static enum status
read_trailer(struct snapshot_reader *reader, struct buf *scratch, struct err *err)
{
    struct trailer *trailer = &reader->trailer;
    if (reader->size < TRAILER_LEN + SKIPPABLE_HEAD) {
        return err_raise(err, STATUS_CORRUPT, "'%s' is not a snapshot: it is too short", reader->path);
    }
    uint64_t body = reader->size - TRAILER_LEN;
    TRY(read_at(reader, body, TRAILER_LEN, scratch, err));
    if (trailer_get(bytes_of(scratch), trailer, err) != STATUS_OK) {
        return err_wrap(err, "'%s' is not a whole snapshot", reader->path);
    }
    if (trailer->footer_offset > body || trailer->footer_len != body - trailer->footer_offset) {
        return raise_damaged(reader, "the trailer does not fit the file", err);
    }
    return STATUS_OK;
}

/* Both edges are hashed before a byte of them is believed, but for their lengths. */
static enum status
read_edges(struct snapshot_reader *reader, struct buf *header, struct buf *footer, struct err *err)
{
    struct hash_state edges;
    TRY(read_at(reader, 0, SKIPPABLE_HEAD, header, err));
    uint32_t len = wire_load_u32(header->data + 4);
    if (len > HEADER_MAX || len + SKIPPABLE_HEAD > reader->trailer.footer_offset) {
        return raise_damaged(reader, "the header does not fit the file", err);
    }
    reader->header_len = (uint64_t)len + SKIPPABLE_HEAD;
    TRY(read_at(reader, 0, (size_t)reader->header_len, header, err));
    TRY(read_at(reader, reader->trailer.footer_offset, (size_t)reader->trailer.footer_len, footer, err));
    hash_begin(&edges);
    hash_add(&edges, bytes_of(header));
    hash_add(&edges, bytes_of(footer));
    if (!hash128_eq(hash128_end(&edges), reader->trailer.hash)) {
        return raise_damaged(reader, "header or footer differ from their checksum", err);
    }
    return STATUS_OK;
}

/* A group takes more bytes of the file than its line of the footer has. */
static enum status
decode_footer(struct snapshot_reader *reader, struct span frame, struct err *err)
{
    FRAME_CODER_SCOPED coder = {0};
    BUF_SCOPED plain = BUF_INIT(SIZE_MAX / 4);
    uint64_t len = 0;
    if (!frame_plain_len(frame, &len) || len > 2 * reader->size + 4096) {
        return raise_damaged(reader, "the footer is no zstd frame of a sound length", err);
    }
    char *room = buf_room(&plain, (size_t)len);
    TRY(name_file(reader, frame_decode(&coder, frame, room, (size_t)len, err), err));
    plain.len = (size_t)len;
    return name_file(reader, footer_get(bytes_of(&plain), &reader->arena, &reader->footer, err), err);
}

/* Groups lie one after the other between header and footer; spilled parts fill the gaps exactly. */
static enum status
check_places(const struct snapshot_reader *reader, struct err *err)
{
    const struct footer *footer = &reader->footer;
    uint64_t at = reader->header_len;
    uint64_t used = 0;
    for (uint64_t i = 0; i < footer->totals.groups; i++) {
        const struct group_entry *group = &footer->groups[i];
        uint64_t len = (uint64_t)group->directory + group->frames;
        if (group->offset < at || group->offset > reader->trailer.footer_offset ||
            len > reader->trailer.footer_offset - group->offset || group->rows == 0) {
            return raise_damaged(reader, "a row group is out of place", err);
        }
        at = group->offset + len;
        used += len;
    }
    if (used + footer->spilled != reader->trailer.footer_offset - reader->header_len) {
        return raise_damaged(reader, "its parts do not fill it", err);
    }
    return STATUS_OK;
}

static enum status
load(struct snapshot_reader *reader, struct err *err)
{
    struct stat info;
    BUF_SCOPED header = BUF_INIT((size_t)HEADER_MAX + SKIPPABLE_HEAD);
    BUF_SCOPED footer = BUF_INIT(SIZE_MAX / 4);
    reader->fd = open(reader->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (reader->fd < 0 || fstat(reader->fd, &info) != 0) {
        return err_raise(err, STATUS_IO, "cannot open the snapshot '%s': %s", reader->path, strerror(errno));
    }
    if (!S_ISREG(info.st_mode)) {
        return err_raise(err, STATUS_IO, "'%s' is not a regular file", reader->path);
    }
    reader->size = (uint64_t)info.st_size;
    TRY(read_trailer(reader, &header, err));
    TRY(read_edges(reader, &header, &footer, err));
    TRY(name_file(reader, header_get(bytes_of(&header), &reader->arena, &reader->header, err), err));
    TRY(decode_footer(reader, bytes_of(&footer), err));
    reader->footer.totals.stored_bytes = reader->size;
    return check_places(reader, err);
}

enum status
snapshot_open(const char *path, struct snapshot_reader **out, struct err *err)
{
    struct arena arena = {0};
    struct snapshot_reader *reader = arena_new(&arena, struct snapshot_reader);
    *out = NULL;
    reader->arena = arena;
    reader->path = arena_strdup(&reader->arena, path);
    reader->fd = -1;
    enum status status = load(reader, err);
    if (status != STATUS_OK) {
        snapshot_close(reader);
        return status;
    }
    *out = reader;
    return STATUS_OK;
}

void
snapshot_close(struct snapshot_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    if (reader->fd >= 0) {
        close(reader->fd);
    }
    struct arena arena = reader->arena; /* holds `reader` itself */
    arena_release(&arena);
}

void
snapshot_close_p(struct snapshot_reader **reader)
{
    snapshot_close(*reader);
    *reader = NULL;
}

const struct snapshot_header *
snapshot_header(const struct snapshot_reader *reader)
{
    return &reader->header;
}

const struct snapshot_totals *
snapshot_totals(const struct snapshot_reader *reader)
{
    return &reader->footer.totals;
}

bool
snapshot_group_range(const struct snapshot_reader *reader, uint64_t group, int64_t *min, int64_t *max)
{
    require(group < reader->footer.totals.groups);
    const struct group_entry *entry = &reader->footer.groups[group];
    *min = entry->min;
    *max = entry->max;
    return entry->has_range;
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
    struct column_cells cells; /* of every wanted column */
    struct column_cells *columns;
    struct column_cursor *cursors;
    size_t n_wanted;
    struct directory directory;
    size_t next_spill;
    uint64_t spilled; /* stored bytes of the parts read so far */
};

static void
scan_release(struct scan *scan)
{
    for (size_t i = 0; i < scan->n_wanted; i++) {
        column_cells_release(&scan->columns[i]);
    }
    frame_coder_release(&scan->coder);
    buf_release(&scan->stored);
    buf_release(&scan->plain);
    buf_release(&scan->image);
    arena_release(&scan->group);
    arena_release(&scan->arena);
}
#define SCAN_SCOPED CLEANUP(scan_release) struct scan

static void
scan_begin(struct scan *scan, const struct snapshot_reader *reader, const bool *wanted)
{
    size_t n = reader->header.n_columns;
    *scan = (struct scan){
        .reader = reader,
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
}

static enum status
read_directory(struct scan *scan, const struct group_entry *entry, struct err *err)
{
    const struct snapshot_reader *reader = scan->reader;
    uint64_t frames = 0;
    arena_release(&scan->group);
    TRY(read_at(reader, entry->offset, entry->directory, &scan->stored, err));
    if (hash64(bytes_of(&scan->stored)) != entry->hash) {
        return raise_damaged(reader, "a directory differs from its checksum", err);
    }
    enum status status =
        directory_get(bytes_of(&scan->stored), reader->header.n_columns, &scan->group, &scan->directory, err);
    TRY(name_file(reader, status, err));
    for (size_t i = 0; i < scan->directory.n_columns; i++) {
        scan->directory.columns[i].offset = entry->offset + entry->directory + frames;
        frames += scan->directory.columns[i].stored;
    }
    if (frames != entry->frames || scan->directory.rows != entry->rows) {
        return raise_damaged(reader, "a directory does not fit the footer", err);
    }
    return STATUS_OK;
}

/* Checks, decompresses to scan->plain. */
static enum status
decode_frame(struct scan *scan, const struct frame_entry *entry, struct span stored, struct err *err)
{
    if (hash64(stored) != entry->hash) {
        return raise_damaged(scan->reader, "a frame differs from its checksum", err);
    }
    scan->plain.len = 0;
    char *room = buf_room(&scan->plain, entry->plain);
    if (room == NULL) {
        return raise_damaged(scan->reader, "a frame is larger than any may be", err);
    }
    TRY(name_file(scan->reader, frame_decode(&scan->coder, stored, room, entry->plain, err), err));
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
    TRY(name_file(scan->reader, status, err));
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
        TRY(read_at(reader, base, entry->frames, &scan->stored, err));
    }
    for (size_t i = 0; i < scan->n_wanted; i++) {
        const struct frame_entry *frame = &scan->directory.columns[scan->cursors[i].index];
        if (!is_whole) {
            TRY(read_at(reader, frame->offset, frame->stored, &scan->stored, err));
        }
        size_t at = is_whole ? (size_t)(frame->offset - base) : 0;
        TRY(decode_column(scan, i, (struct span){scan->stored.data + at, frame->stored}, err));
    }
    return STATUS_OK;
}

/* -- rows ----------------------------------------------------------------------------------------------- */

static void
put_length(struct buf *image, uint32_t len)
{
    char head[4] = {(char)(len >> 24), (char)(len >> 16), (char)(len >> 8), (char)len};
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
        return raise_damaged(scan->reader, "a spilled cell is larger than any may be", err);
    }
    put_length(&scan->image, (uint32_t)(spill->len + is_tagged));
    buf_push(&scan->image, &tag, is_tagged);
    TRY(sink->piece(sink->state, bytes_of(&scan->image), false, err));
    scan->image.len = 0;
    for (size_t i = 0; i < spill->n_parts; i++) {
        const struct frame_entry *part = &spill->parts[i];
        TRY(read_at(scan->reader, part->offset, part->stored, &scan->stored, err));
        TRY(decode_frame(scan, part, bytes_of(&scan->stored), err));
        TRY(sink->piece(sink->state, bytes_of(&scan->plain), false, err));
        scan->spilled += part->stored;
    }
    return STATUS_OK;
}

static enum status
send_row(struct scan *scan, uint32_t row, const struct row_sink *sink, struct err *err)
{
    scan->image.len = 0;
    row_image_begin(&scan->image, scan->n_wanted);
    for (size_t i = 0; i < scan->n_wanted; i++) {
        struct column_cursor *cursor = &scan->cursors[i];
        uint32_t len = cursor->lengths[row];
        char tag = '\0';
        if (len == CELL_NULL) {
            row_image_null(&scan->image);
            continue;
        }
        if (cursor->tags != NULL) {
            tag = *cursor->tags++;
        }
        const struct spill *spill = scan->directory.n_spills == 0 ? NULL : spill_at(scan, row, cursor->index);
        if (spill != NULL) {
            if (len != 0) {
                return raise_damaged(scan->reader, "a cell is both in its group and spilled", err);
            }
            TRY(send_spill(scan, spill, cursor->tags != NULL, tag, sink, err));
            continue;
        }
        put_length(&scan->image, len + (cursor->tags != NULL));
        buf_push(&scan->image, &tag, cursor->tags != NULL);
        buf_push(&scan->image, cursor->data, len);
        cursor->data += len;
    }
    if (scan->image.overflow) {
        return raise_damaged(scan->reader, "a row is larger than any may be", err);
    }
    return sink->piece(sink->state, bytes_of(&scan->image), true, err);
}

static enum status
read_group(struct scan *scan, uint64_t group, const struct row_sink *sink, struct err *err)
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
    SCAN_SCOPED scan;
    scan_begin(&scan, reader, wanted);
    for (uint64_t group = from; group < to && group < reader->footer.totals.groups; group++) {
        TRY(read_group(&scan, group, sink, err));
    }
    return STATUS_OK;
}

/* -- verification --------------------------------------------------------------------------------------- */

struct row_hasher {
    struct hash_state state;
    bool in_pieces;
    struct hash128 sum;
    uint64_t bytes;
};

static enum status
hash_piece(void *state, struct span bytes, bool ends_row, struct err *err)
{
    struct row_hasher *hasher = state;
    (void)err;
    hasher->bytes += bytes.len;
    if (ends_row && !hasher->in_pieces) {
        hasher->sum = hash128_add(hasher->sum, hash128(bytes));
        return STATUS_OK;
    }
    if (!hasher->in_pieces) {
        hash_begin(&hasher->state);
        hasher->in_pieces = true;
    }
    hash_add(&hasher->state, bytes);
    if (ends_row) {
        hasher->sum = hash128_add(hasher->sum, hash128_end(&hasher->state));
        hasher->in_pieces = false;
    }
    return STATUS_OK;
}

struct verifier {
    const struct snapshot_reader *reader;
    pthread_t thread;
    unsigned first; /* the groups first, first + step, ... */
    unsigned step;
    uint64_t plain_bytes;
    uint64_t spilled;
    struct err err;
};

static enum status
verify_groups(struct verifier *verifier, struct err *err)
{
    const struct snapshot_reader *reader = verifier->reader;
    SCAN_SCOPED scan;
    scan_begin(&scan, reader, NULL);
    for (uint64_t i = verifier->first; i < reader->footer.totals.groups; i += verifier->step) {
        struct row_hasher hasher = {.bytes = 0};
        struct row_sink sink = {hash_piece, &hasher};
        TRY(stop_check(err));
        TRY(read_group(&scan, i, &sink, err));
        if (!hash128_eq(hasher.sum, reader->footer.groups[i].sum)) {
            return raise_damaged(reader, "the rows of a group differ from their sum", err);
        }
        verifier->plain_bytes += hasher.bytes;
    }
    verifier->spilled = scan.spilled;
    return STATUS_OK;
}

static void *
verify_thread(void *state)
{
    struct verifier *verifier = state;
    IGNORE(verify_groups(verifier, &verifier->err));
    return NULL;
}

enum { VERIFIER_MAX = 16 };

/* The last one runs in the calling thread. */
static void
run_verifiers(struct verifier *verifiers, unsigned n)
{
    unsigned started = 0;
    while (started + 1 < n &&
           pthread_create(&verifiers[started].thread, NULL, verify_thread, &verifiers[started]) == 0) {
        started++;
    }
    for (unsigned i = started; i < n; i++) {
        (void)verify_thread(&verifiers[i]);
    }
    for (unsigned i = 0; i < started; i++) {
        pthread_join(verifiers[i].thread, NULL);
    }
}

enum status
snapshot_verify(const struct snapshot_reader *reader, unsigned threads, struct err *err)
{
    struct verifier verifiers[VERIFIER_MAX] = {0};
    unsigned n = threads < 1 ? 1 : threads > VERIFIER_MAX ? VERIFIER_MAX : threads;
    uint64_t plain_bytes = 0;
    uint64_t spilled = 0;
    for (unsigned i = 0; i < n; i++) {
        verifiers[i] = (struct verifier){.reader = reader, .first = i, .step = n};
    }
    run_verifiers(verifiers, n);
    for (unsigned i = 0; i < n; i++) {
        if (verifiers[i].err.status != STATUS_OK) {
            *err = verifiers[i].err;
            return err->status;
        }
        plain_bytes += verifiers[i].plain_bytes;
        spilled += verifiers[i].spilled;
    }
    if (plain_bytes != reader->footer.totals.plain_bytes || spilled != reader->footer.spilled) {
        return raise_damaged(reader, "its bytes differ from the footer's count", err);
    }
    return STATUS_OK;
}

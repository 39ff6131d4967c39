#include "archive/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum status
reader_damaged(const struct snapshot_reader *reader, const char *what, struct err *err)
{
    return err_raise(err, STATUS_CORRUPT, "the snapshot '%s' is damaged: %s", reader->path, what);
}

enum status
reader_named(const struct snapshot_reader *reader, enum status status, struct err *err)
{
    return status == STATUS_OK ? status : err_wrap(err, "the snapshot '%s'", reader->path);
}

/* -- opening -------------------------------------------------------------------------------------------- */

enum status
reader_read(const struct snapshot_reader *reader, uint64_t offset, size_t len, struct buf *out,
            struct err *err)
{
    out->len = 0;
    if (offset > reader->size || len > reader->size - offset) {
        return reader_damaged(reader, "a part lies outside the file", err);
    }
    char *room = buf_room(out, len);
    if (room == NULL) {
        return reader_damaged(reader, "a part is larger than any may be", err);
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
            return reader_damaged(reader, "it got shorter", err);
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
    TRY(reader_read(reader, body, TRAILER_LEN, scratch, err));
    if (trailer_get(bytes_of(scratch), trailer, err) != STATUS_OK) {
        return err_wrap(err, "'%s' is not a whole snapshot", reader->path);
    }
    if (trailer->footer_offset > body || trailer->footer_len != body - trailer->footer_offset) {
        return reader_damaged(reader, "the trailer does not fit the file", err);
    }
    return STATUS_OK;
}

/* Both edges are hashed before a byte of them is believed, but for their lengths. */
static enum status
read_edges(struct snapshot_reader *reader, struct buf *header, struct buf *footer, struct err *err)
{
    struct hash_state edges;
    TRY(reader_read(reader, 0, SKIPPABLE_HEAD, header, err));
    uint32_t len = wire_load_u32(header->data + 4);
    if (len > HEADER_MAX || len + SKIPPABLE_HEAD > reader->trailer.footer_offset) {
        return reader_damaged(reader, "the header does not fit the file", err);
    }
    reader->header_len = (uint64_t)len + SKIPPABLE_HEAD;
    TRY(reader_read(reader, 0, (size_t)reader->header_len, header, err));
    TRY(reader_read(reader, reader->trailer.footer_offset, (size_t)reader->trailer.footer_len, footer, err));
    hash_begin(&edges);
    hash_add(&edges, bytes_of(header));
    hash_add(&edges, bytes_of(footer));
    if (!hash128_eq(hash128_end(&edges), reader->trailer.hash)) {
        return reader_damaged(reader, "header or footer differ from their checksum", err);
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
        return reader_damaged(reader, "the footer is no zstd frame of a sound length", err);
    }
    char *room = buf_room(&plain, (size_t)len);
    TRY(reader_named(reader, frame_decode(&coder, frame, room, (size_t)len, err), err));
    plain.len = (size_t)len;
    return reader_named(reader, footer_get(bytes_of(&plain), &reader->arena, &reader->footer, err), err);
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
            return reader_damaged(reader, "a row group is out of place", err);
        }
        at = group->offset + len;
        used += len;
    }
    if (used + footer->spilled != reader->trailer.footer_offset - reader->header_len) {
        return reader_damaged(reader, "its parts do not fill it", err);
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
    TRY(reader_named(reader, header_get(bytes_of(&header), &reader->arena, &reader->header, err), err));
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

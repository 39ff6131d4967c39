/* Lanes fill row groups; each finished group claims its place at the end of the file and is written there, so
 * that lanes need no order among themselves. */
#include "archive/group.h"

#include "base/clock.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct snapshot_lane {
    struct snapshot_writer *writer;
    struct snapshot_lane *next;
    struct group groups[2]; /* the second one only in background */
    struct group *filling;
    struct group_coder coder; /* the encoding thread's */
    struct frame_coder spill_frames;
    struct buf spilled;
    bool has_thread;
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    struct group *handed; /* waits for the thread or is with it */
    bool is_ending;
    struct err failure; /* of the thread; status OK: none */
};

struct snapshot_writer {
    struct arena arena;
    struct snapshot_header header;
    struct snapshot_options options;
    const char *path;
    const char *temp;
    int fd;
    bool has_temp; /* the temporary name is there */
    size_t header_len;
    struct hash_state edges; /* header and footer */
    _Atomic uint64_t tail;
    pthread_mutex_t lock; /* guards what follows */
    struct footer footer;
    struct buf entries; /* struct group_entry */
    struct snapshot_lane *lanes;
};

/* -- the file ------------------------------------------------------------------------------------------- */

static enum status
raise_errno(const struct snapshot_writer *writer, const char *what, struct err *err)
{
    return err_raise(err, STATUS_IO, "cannot %s the snapshot '%s': %s", what, writer->path, strerror(errno));
}

static enum status
write_at(const struct snapshot_writer *writer, struct span bytes, uint64_t offset, struct err *err)
{
    while (bytes.len > 0) {
        ssize_t n = pwrite(writer->fd, bytes.ptr, bytes.len, (off_t)offset);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return raise_errno(writer, "write", err);
        }
        bytes.ptr += n;
        bytes.len -= (size_t)n;
        offset += (uint64_t)n;
    }
    return STATUS_OK;
}

static uint64_t
claim(struct snapshot_writer *writer, uint64_t len)
{
    return atomic_fetch_add(&writer->tail, len);
}

static struct span
bytes_of(const struct buf *buf)
{
    return (struct span){buf->data, buf->len};
}

/* -- groups --------------------------------------------------------------------------------------------- */

static enum status
write_group(struct snapshot_lane *lane, const struct group *group, struct err *err)
{
    struct snapshot_writer *writer = lane->writer;
    struct group_coder *coder = &lane->coder;
    struct group_entry entry;
    TRY(group_encode(group, writer->options.level, coder, &entry, err));
    entry.offset = claim(writer, coder->directory.len + coder->stored.len);
    TRY(fault_before("archive.group", err));
    TRY(write_at(writer, bytes_of(&coder->directory), entry.offset, err));
    TRY(write_at(writer, bytes_of(&coder->stored), entry.offset + coder->directory.len, err));
    TRY(fault_after("archive.group", err));
    pthread_mutex_lock(&writer->lock);
    buf_push(&writer->entries, &entry, sizeof(entry));
    writer->footer.totals.groups++;
    writer->footer.totals.rows += group->rows;
    writer->footer.totals.plain_bytes += group->plain_bytes;
    writer->footer.totals.sum = hash128_add(writer->footer.totals.sum, group->sum);
    bool is_full = writer->entries.overflow;
    pthread_mutex_unlock(&writer->lock);
    return is_full ? err_raise(err, STATUS_IO, "the snapshot '%s' has too many row groups", writer->path)
                   : STATUS_OK;
}

static enum status
write_part(struct snapshot_lane *lane, struct span part, struct frame_entry *out, struct err *err)
{
    struct snapshot_writer *writer = lane->writer;
    lane->spilled.len = 0;
    TRY(frame_encode(&lane->spill_frames, writer->options.level, part, &lane->spilled, err));
    struct span stored = bytes_of(&lane->spilled);
    *out = (struct frame_entry){.offset = claim(writer, stored.len),
                                .stored = (uint32_t)stored.len,
                                .plain = (uint32_t)part.len,
                                .hash = hash64(stored)};
    TRY(fault_before("archive.spill", err));
    TRY(write_at(writer, stored, out->offset, err));
    TRY(fault_after("archive.spill", err));
    pthread_mutex_lock(&writer->lock);
    writer->footer.spilled += stored.len;
    pthread_mutex_unlock(&writer->lock);
    return STATUS_OK;
}

static enum status
spill(void *state, struct span bytes, struct arena *arena, struct spill *out, struct err *err)
{
    struct snapshot_lane *lane = state;
    out->n_parts = (bytes.len + SPILL_PART_BYTES - 1) / SPILL_PART_BYTES;
    out->parts = arena_new_array(arena, struct frame_entry, out->n_parts);
    for (size_t i = 0; i < out->n_parts; i++) {
        struct span part = {bytes.ptr + i * SPILL_PART_BYTES, bytes.len - i * SPILL_PART_BYTES};
        part.len = part.len > SPILL_PART_BYTES ? SPILL_PART_BYTES : part.len;
        TRY(write_part(lane, part, &out->parts[i], err));
    }
    return STATUS_OK;
}

/* -- lanes ---------------------------------------------------------------------------------------------- */

static void *
encode_in_background(void *state)
{
    struct snapshot_lane *lane = state;
    pthread_mutex_lock(&lane->lock);
    for (;;) {
        while (lane->handed == NULL && !lane->is_ending) {
            pthread_cond_wait(&lane->changed, &lane->lock);
        }
        if (lane->handed == NULL) {
            break;
        }
        struct group *group = lane->handed;
        struct err err = {0};
        bool goes_on = lane->failure.status == STATUS_OK;
        pthread_mutex_unlock(&lane->lock);
        enum status status = goes_on ? write_group(lane, group, &err) : STATUS_OK;
        group_reset(group);
        pthread_mutex_lock(&lane->lock);
        if (status != STATUS_OK) {
            lane->failure = err;
        }
        lane->handed = NULL;
        pthread_cond_signal(&lane->changed);
    }
    pthread_mutex_unlock(&lane->lock);
    return NULL;
}

static enum status
start_thread(struct snapshot_lane *lane, struct err *err)
{
    pthread_mutex_init(&lane->lock, NULL);
    pthread_cond_init(&lane->changed, NULL);
    int code = pthread_create(&lane->thread, NULL, encode_in_background, lane);
    if (code != 0) {
        return err_raise(err, STATUS_IO, "cannot start a thread: %s", strerror(code));
    }
    lane->has_thread = true;
    return STATUS_OK;
}

enum status
snapshot_lane(struct snapshot_writer *writer, struct snapshot_lane **out, struct err *err)
{
    (void)err;
    struct snapshot_lane *lane = arena_new(&writer->arena, struct snapshot_lane);
    lane->writer = writer;
    lane->spilled = (struct buf)BUF_INIT(frame_bound((size_t)SPILL_PART_BYTES));
    group_init(&lane->groups[0], &writer->header, &writer->arena);
    lane->filling = &lane->groups[0];
    group_coder_init(&lane->coder, writer->header.n_columns, &writer->arena);
    lane->next = writer->lanes;
    writer->lanes = lane;
    if (writer->options.in_background) {
        group_init(&lane->groups[1], &writer->header, &writer->arena);
    }
    *out = lane;
    return STATUS_OK;
}

/* Waits until the thread has nothing in hand, then gives it `group` (NULL: nothing). */
static enum status
hand_over(struct snapshot_lane *lane, struct group *group, struct err *err)
{
    pthread_mutex_lock(&lane->lock);
    while (lane->handed != NULL) {
        pthread_cond_wait(&lane->changed, &lane->lock);
    }
    if (lane->failure.status != STATUS_OK) {
        *err = lane->failure;
        pthread_mutex_unlock(&lane->lock);
        return err->status;
    }
    lane->handed = group;
    pthread_cond_signal(&lane->changed);
    pthread_mutex_unlock(&lane->lock);
    return STATUS_OK;
}

static enum status
send_group(struct snapshot_lane *lane, struct err *err)
{
    struct group *full = lane->filling;
    if (!lane->has_thread) {
        TRY(write_group(lane, full, err));
        group_reset(full);
        return STATUS_OK;
    }
    TRY(hand_over(lane, full, err));
    lane->filling = full == &lane->groups[0] ? &lane->groups[1] : &lane->groups[0];
    return STATUS_OK;
}

enum status
snapshot_add(struct snapshot_lane *lane, struct span image, struct err *err)
{
    struct snapshot_writer *writer = lane->writer;
    struct spiller spiller = {spill, lane};
    TRY(group_add(lane->filling, image, &spiller, err));
    if (!group_is_full(lane->filling)) {
        return STATUS_OK;
    }
    if (writer->options.in_background && !lane->has_thread) { /* small tables are done sooner without */
        TRY(start_thread(lane, err));
    }
    return send_group(lane, err);
}

enum status
snapshot_flush(struct snapshot_lane *lane, struct err *err)
{
    if (lane->filling->rows > 0) {
        TRY(send_group(lane, err));
    }
    return lane->has_thread ? hand_over(lane, NULL, err) : STATUS_OK;
}

static void
end_lane(struct snapshot_lane *lane)
{
    if (lane->has_thread) {
        pthread_mutex_lock(&lane->lock);
        lane->is_ending = true;
        pthread_cond_signal(&lane->changed);
        pthread_mutex_unlock(&lane->lock);
        pthread_join(lane->thread, NULL);
        pthread_mutex_destroy(&lane->lock);
        pthread_cond_destroy(&lane->changed);
    }
    group_release(&lane->groups[0]);
    if (lane->groups[1].header != NULL) {
        group_release(&lane->groups[1]);
    }
    group_coder_release(&lane->coder);
    frame_coder_release(&lane->spill_frames);
    buf_release(&lane->spilled);
}

/* -- life ----------------------------------------------------------------------------------------------- */

static const char *
copy(struct arena *arena, const char *text)
{
    return arena_strdup(arena, text == NULL ? "" : text);
}

/* Only the columns' traits are needed after the header is written. */
static void
copy_columns(struct snapshot_writer *writer, const struct snapshot_header *from)
{
    struct arena *arena = &writer->arena;
    struct snapshot_header *header = &writer->header;
    header->n_columns = from->n_columns;
    header->columns = arena_new_array(arena, struct snapshot_column, from->n_columns);
    memcpy(header->columns, from->columns, from->n_columns * sizeof(from->columns[0]));
}

static enum status
write_header(struct snapshot_writer *writer, const struct snapshot_header *header, struct err *err)
{
    BUF_SCOPED frame = BUF_INIT((size_t)HEADER_MAX + SKIPPABLE_HEAD);
    TRY(header_put(header, &frame, err));
    hash_begin(&writer->edges);
    hash_add(&writer->edges, bytes_of(&frame));
    writer->header_len = frame.len;
    atomic_store(&writer->tail, frame.len);
    return write_at(writer, bytes_of(&frame), 0, err);
}

static enum status
create_temp(struct snapshot_writer *writer, struct err *err)
{
    char id[33];
    random_id(id);
    writer->temp = arena_printf(&writer->arena, "%s.part-%.12s", writer->path, id);
    TRY(fault_before("archive.create", err));
    writer->fd = open(writer->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (writer->fd < 0) {
        return raise_errno(writer, "create", err);
    }
    writer->has_temp = true;
    return fault_after("archive.create", err);
}

enum status
snapshot_create(const char *path, const struct snapshot_header *header,
                const struct snapshot_options *options, struct snapshot_writer **out, struct err *err)
{
    *out = NULL;
    if (header->n_columns == 0 || header->n_columns > COLUMN_MAX) {
        return err_raise(err, STATUS_UNSUPPORTED, "a snapshot of %zu columns", header->n_columns);
    }
    if (io_exists(path)) {
        return err_raise(err, STATUS_IO, "the snapshot '%s' is already there", path);
    }
    struct arena arena = {0};
    struct snapshot_writer *writer = arena_new(&arena, struct snapshot_writer);
    writer->arena = arena;
    writer->options = *options;
    writer->options.level = options->level == 0 ? 1 : options->level;
    writer->path = copy(&writer->arena, path);
    writer->fd = -1;
    writer->entries = (struct buf)BUF_INIT(SIZE_MAX / 4);
    pthread_mutex_init(&writer->lock, NULL);
    copy_columns(writer, header);
    enum status status = create_temp(writer, err);
    if (status == STATUS_OK) {
        status = write_header(writer, header, err);
    }
    if (status != STATUS_OK) {
        snapshot_discard(writer);
        return status;
    }
    *out = writer;
    return STATUS_OK;
}

void
snapshot_discard(struct snapshot_writer *writer)
{
    if (writer == NULL) {
        return;
    }
    for (struct snapshot_lane *lane = writer->lanes; lane != NULL; lane = lane->next) {
        end_lane(lane);
    }
    if (writer->fd >= 0) {
        close(writer->fd);
    }
    if (writer->has_temp) {
        unlink(writer->temp);
    }
    buf_release(&writer->entries);
    pthread_mutex_destroy(&writer->lock);
    struct arena arena = writer->arena; /* holds `writer` itself */
    arena_release(&arena);
}

/* -- finish --------------------------------------------------------------------------------------------- */

static int
compare_offsets(const void *left, const void *right)
{
    const struct group_entry *a = left;
    const struct group_entry *b = right;
    return (a->offset > b->offset) - (a->offset < b->offset);
}

static enum status
write_footer(struct snapshot_writer *writer, struct err *err)
{
    FRAME_CODER_SCOPED coder = {0};
    BUF_SCOPED plain = BUF_INIT(SIZE_MAX / 4);
    BUF_SCOPED frame = BUF_INIT(SIZE_MAX / 4);
    struct footer *footer = &writer->footer;
    footer->groups = (struct group_entry *)(void *)writer->entries.data;
    if (footer->totals.groups > 0) {
        qsort(footer->groups, (size_t)footer->totals.groups, sizeof(footer->groups[0]), compare_offsets);
    }
    footer_put(footer, &plain);
    TRY(frame_encode(&coder, writer->options.level, bytes_of(&plain), &frame, err));
    hash_add(&writer->edges, bytes_of(&frame));
    struct trailer trailer = {.footer_len = frame.len, .hash = hash128_end(&writer->edges)};
    trailer.footer_offset = claim(writer, frame.len + TRAILER_LEN);
    trailer_put(&trailer, &frame);
    TRY(fault_before("archive.footer", err));
    TRY(write_at(writer, bytes_of(&frame), trailer.footer_offset, err));
    return fault_after("archive.footer", err);
}

static bool
is_flushed(const struct snapshot_writer *writer)
{
    return writer->tail > writer->options.unflushed_max;
}

static enum status
sync_file(struct snapshot_writer *writer, struct err *err)
{
    TRY(fault_before("archive.fsync", err));
    if (is_flushed(writer) && fsync(writer->fd) != 0) {
        return raise_errno(writer, "flush", err);
    }
    int fd = writer->fd;
    writer->fd = -1;
    if (close(fd) != 0) {
        return raise_errno(writer, "close", err);
    }
    return fault_after("archive.fsync", err);
}

/* What stands in the file is compared with what was added, not with what the file says of itself. */
static enum status
read_back(const struct snapshot_writer *writer, int64_t expected_rows, struct snapshot_totals *out,
          struct err *err)
{
    const struct snapshot_totals *added = &writer->footer.totals;
    SNAPSHOT_SCOPED *reader = NULL;
    TRY(fault_before("archive.verify", err));
    TRY(snapshot_open(writer->temp, &reader, err));
    TRY(snapshot_verify(reader, writer->options.verifiers, err));
    *out = *snapshot_totals(reader);
    if (out->rows != added->rows || out->plain_bytes != added->plain_bytes ||
        !hash128_eq(out->sum, added->sum)) {
        return err_raise(err, STATUS_CORRUPT, "the snapshot '%s' does not hold what was written to it",
                         writer->path);
    }
    if (expected_rows >= 0 && out->rows != (uint64_t)expected_rows) {
        return err_raise(err, STATUS_CORRUPT,
                         "the snapshot '%s' has %llu rows and the table %lld: the stream ended early",
                         writer->path, (unsigned long long)out->rows, (long long)expected_rows);
    }
    return fault_after("archive.verify", err);
}

static enum status
give_name(struct snapshot_writer *writer, struct err *err)
{
    TRY(fault_before("archive.rename", err));
    if (io_exists(writer->path)) {
        return err_raise(err, STATUS_IO, "the snapshot '%s' is already there", writer->path);
    }
    if (rename(writer->temp, writer->path) != 0) {
        return raise_errno(writer, "rename", err);
    }
    writer->has_temp = false;
    TRY(fault_after("archive.rename", err));
    TRY(fault_before("archive.dirsync", err));
    if (is_flushed(writer)) {
        TRY(io_sync_dir(writer->path, err));
    }
    return fault_after("archive.dirsync", err);
}

static enum status
complete(struct snapshot_writer *writer, int64_t expected_rows, struct snapshot_totals *out, struct err *err)
{
    for (struct snapshot_lane *lane = writer->lanes; lane != NULL; lane = lane->next) {
        TRY(snapshot_flush(lane, err));
    }
    TRY(write_footer(writer, err));
    TRY(sync_file(writer, err));
    TRY(read_back(writer, expected_rows, out, err));
    return give_name(writer, err);
}

enum status
snapshot_finish(struct snapshot_writer *writer, int64_t expected_rows, struct snapshot_totals *out,
                struct err *err)
{
    enum status status = complete(writer, expected_rows, out, err);
    snapshot_discard(writer);
    return status;
}

#include "recon/spool.h"

#include "base/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A record: its key, its length, its bytes. */
enum { HEAD_LEN = 16 + 4, READ_MIN = 4 << 10, READ_MAX = 64 << 10 };

struct place {
    struct hash128 key;
    uint64_t at; /* of the record in `records` */
};

struct spool_reader {
    struct spool_run left; /* not read yet */
    struct buf bytes;
    size_t at; /* of the current record in `bytes` */
    struct spool_record record;
    size_t number; /* of the run */
    bool is_done;
};

const char *
spool_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return str_is_empty(folder) ? "/var/tmp" : folder;
}

void
spool_init(struct spool *spool, const char *folder, size_t memory)
{
    memset(spool, 0, sizeof(*spool));
    spool->folder = folder;
    spool->memory = memory == 0 ? SPOOL_MEMORY : memory;
    spool->records = (struct buf)BUF_INIT(UINT32_MAX);
    spool->order = (struct buf)BUF_INIT(UINT32_MAX);
    spool->fd = -1;
}

void
spool_release(struct spool *spool)
{
    buf_release(&spool->records);
    buf_release(&spool->order);
    for (size_t i = 0; i < spool->n_readers; i++) {
        buf_release(&spool->readers[i].bytes);
    }
    spool->n_readers = 0;
    arena_release(&spool->arena);
    if (spool->fd >= 0) {
        (void)close(spool->fd);
        spool->fd = -1;
    }
}

/* -- in ------------------------------------------------------------------------------------------------- */

static int
compare_keys(struct hash128 a, struct hash128 b)
{
    if (a.high != b.high) {
        return a.high < b.high ? -1 : 1;
    }
    return a.low == b.low ? 0 : a.low < b.low ? -1 : 1;
}

static int
compare_places(const void *a, const void *b)
{
    const struct place *left = a;
    const struct place *right = b;
    int order = compare_keys(left->key, right->key);
    return order != 0 ? order : left->at < right->at ? -1 : left->at > right->at;
}

static struct place *
places(const struct spool *spool, size_t *n)
{
    *n = spool->order.len / sizeof(struct place);
    return (struct place *)(void *)spool->order.data;
}

static enum status
raise_io(const struct spool *spool, const char *what, struct err *err)
{
    (void)err_raise(err, STATUS_IO, "rows that wait to be matched cannot be %s in '%s': %s", what,
                    spool->folder, strerror(errno));
    return err_hint(err, "set TMPDIR to a folder with room for them");
}

static enum status
open_file(struct spool *spool, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    char *name = arena_printf(&scratch, "%s/rollcall-XXXXXX", spool->folder);
    spool->fd = mkstemp(name); /* mode 0600 */
    if (spool->fd < 0) {
        return raise_io(spool, "stored", err);
    }
    (void)fcntl(spool->fd, F_SETFD, FD_CLOEXEC);
    (void)unlink(name);
    return STATUS_OK;
}

static enum status
write_all(struct spool *spool, struct span bytes, struct err *err)
{
    while (bytes.len > 0) {
        ssize_t len = pwrite(spool->fd, bytes.ptr, bytes.len, (off_t)spool->file_len);
        if (len < 0 && errno == EINTR) {
            continue;
        }
        if (len <= 0) {
            return raise_io(spool, "stored", err);
        }
        spool->file_len += (uint64_t)len;
        bytes = (struct span){bytes.ptr + len, bytes.len - (size_t)len};
    }
    return STATUS_OK;
}

static struct span
record_at(const struct spool *spool, uint64_t at)
{
    return (struct span){spool->records.data + at,
                         HEAD_LEN + (size_t)wire_load_u32(spool->records.data + at + 16)};
}

static void
sort(struct spool *spool)
{
    size_t n;
    struct place *items = places(spool, &n);
    if (n > 0) {
        qsort(items, n, sizeof(*items), compare_places);
    }
}

static enum status
write_run(struct spool *spool, struct err *err)
{
    BUF_SCOPED out = BUF_INIT(UINT32_MAX);
    struct spool_run run = {.at = spool->file_len};
    size_t n;
    if (spool->fd < 0) {
        TRY(open_file(spool, err));
    }
    sort(spool);
    const struct place *items = places(spool, &n);
    for (size_t i = 0; i < n; i++) {
        buf_span(&out, record_at(spool, items[i].at));
        if (out.len >= READ_MAX || i + 1 == n) {
            TRY(write_all(spool, buf_view(&out), err));
            buf_reset(&out);
        }
    }
    run.end = spool->file_len;
    vec_push(&spool->arena, &spool->runs, run);
    buf_reset(&spool->records);
    buf_reset(&spool->order);
    return STATUS_OK;
}

enum status
spool_add(struct spool *spool, struct hash128 key, struct span bytes, struct err *err)
{
    struct place place = {key, spool->records.len};
    if (bytes.len > UINT32_MAX / 2) {
        return err_raise(err, STATUS_UNSUPPORTED, "a row is longer than 2 GiB");
    }
    wire_put_hash128(&spool->records, key);
    wire_put_span(&spool->records, bytes);
    buf_push(&spool->order, &place, sizeof(place));
    spool->n++;
    return spool->records.len + spool->order.len >= spool->memory ? write_run(spool, err) : STATUS_OK;
}

/* -- out ------------------------------------------------------------------------------------------------ */

/* At least `want` bytes from reader->at on, as far as the run goes. */
static enum status
fill(struct spool *spool, struct spool_reader *reader, size_t want, size_t chunk, struct err *err)
{
    size_t have = reader->bytes.len - reader->at;
    if (have >= want) {
        return STATUS_OK;
    }
    if (have > 0) {
        memmove(reader->bytes.data, reader->bytes.data + reader->at, have);
    }
    reader->bytes.len = have;
    reader->at = 0;
    while (reader->bytes.len < want && reader->left.at < reader->left.end) {
        size_t len = want - reader->bytes.len > chunk ? want - reader->bytes.len : chunk;
        uint64_t left = reader->left.end - reader->left.at;
        len = len > left ? (size_t)left : len;
        char *room = buf_room(&reader->bytes, len);
        ssize_t got = room == NULL ? -1 : pread(spool->fd, room, len, (off_t)reader->left.at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return raise_io(spool, "read back", err);
        }
        reader->bytes.len += (size_t)got;
        reader->left.at += (uint64_t)got;
    }
    return reader->bytes.len >= want ? STATUS_OK
                                     : err_raise(err, STATUS_BUG, "a run of matched rows is torn");
}

static size_t
chunk_of(const struct spool *spool)
{
    size_t chunk = spool->memory / (spool->n_readers + 1);
    return chunk < READ_MIN ? READ_MIN : chunk > READ_MAX ? READ_MAX : chunk;
}

static enum status
advance(struct spool *spool, struct spool_reader *reader, struct err *err)
{
    if (reader->at == reader->bytes.len && reader->left.at == reader->left.end) {
        reader->is_done = true;
        return STATUS_OK;
    }
    TRY(fill(spool, reader, HEAD_LEN, chunk_of(spool), err));
    size_t len = HEAD_LEN + (size_t)wire_load_u32(reader->bytes.data + reader->at + 16);
    TRY(fill(spool, reader, len, chunk_of(spool), err));
    const char *at = reader->bytes.data + reader->at;
    reader->record.key = (struct hash128){wire_load_u64(at), wire_load_u64(at + 8)};
    reader->record.bytes = (struct span){at + HEAD_LEN, len - HEAD_LEN};
    reader->at += len;
    return STATUS_OK;
}

static bool
comes_first(const struct spool_reader *a, const struct spool_reader *b)
{
    if (a->is_done || b->is_done) {
        return !a->is_done;
    }
    int order = compare_keys(a->record.key, b->record.key);
    return order != 0 ? order < 0 : a->number < b->number;
}

static void
sink_down(struct spool *spool, size_t at)
{
    for (;;) {
        size_t first = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < spool->n_readers; child++) {
            first = comes_first(&spool->readers[child], &spool->readers[first]) ? child : first;
        }
        if (first == at) {
            return;
        }
        struct spool_reader swap = spool->readers[at];
        spool->readers[at] = spool->readers[first];
        spool->readers[first] = swap;
        at = first;
    }
}

enum status
spool_seal(struct spool *spool, struct err *err)
{
    if (spool->runs.n == 0 && spool->records.len + spool->order.len <= SPOOL_KEPT) {
        sort(spool);
        return STATUS_OK;
    }
    if (spool->records.len > 0) {
        TRY(write_run(spool, err));
    }
    buf_release(&spool->records);
    buf_release(&spool->order);
    return STATUS_OK;
}

/* Only now: a sealed spool that waits for its mate has no buffers. */
static enum status
begin_reading(struct spool *spool, struct err *err)
{
    spool->readers = arena_new_array(&spool->arena, struct spool_reader, spool->runs.n);
    spool->n_readers = spool->runs.n;
    for (size_t i = 0; i < spool->n_readers; i++) {
        spool->readers[i] =
            (struct spool_reader){.left = spool->runs.items[i], .bytes = BUF_INIT(UINT32_MAX), .number = i};
    }
    for (size_t i = spool->n_readers; i-- > 0;) {
        TRY(advance(spool, &spool->readers[i], err));
        sink_down(spool, i);
    }
    return STATUS_OK;
}

static bool
next_in_memory(struct spool *spool, struct spool_record *out)
{
    size_t n;
    const struct place *items = places(spool, &n);
    if (spool->at == n) {
        return false;
    }
    struct span whole = record_at(spool, items[spool->at].at);
    out->key = items[spool->at].key;
    out->bytes = (struct span){whole.ptr + HEAD_LEN, whole.len - HEAD_LEN};
    spool->at++;
    return true;
}

enum status
spool_next(struct spool *spool, struct spool_record *out, bool *found, struct err *err)
{
    if (spool->runs.n == 0) {
        *found = next_in_memory(spool, out);
        return STATUS_OK;
    }
    if (spool->readers == NULL) {
        TRY(begin_reading(spool, err));
    } else {
        /* The record handed out last stays where it is until now. */
        TRY(advance(spool, &spool->readers[0], err));
        sink_down(spool, 0);
    }
    *found = !spool->readers[0].is_done;
    *out = spool->readers[0].record;
    return STATUS_OK;
}

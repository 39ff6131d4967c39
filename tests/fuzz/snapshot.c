#define _XOPEN_SOURCE 700 /* mkstemp */
/* Fuzz target: snapshot files whose checksums are right and whose contents are not. The input becomes column
 * frames, directories and footer lines; hashes and offsets are computed, unless a bit of the input says no.
 */
#include "archive/layout.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { N_COLUMNS = 4, GROUPS_MAX = 3, SPILLS_MAX = 3 };

static struct snapshot_column columns[N_COLUMNS] = {
    {.name = "a", .form = "pg.int8", .traits = {NUMBER_BIG_SIGNED, false}, .key_place = 1},
    {.name = "b", .form = "text"},
    {.name = "c", .form = "my.int", .traits = {NUMBER_LITTLE_SIGNED, false}},
    {.name = "d", .form = "sqlite", .traits = {NUMBER_NONE, true}},
};
static const struct snapshot_header header = {.kind = "table", .columns = columns, .n_columns = N_COLUMNS};

struct assembly {
    struct wire in;
    struct buf file;
    struct buf frames;
    struct frame_coder coder;
    struct arena arena;
    struct footer footer;
    struct group_entry groups[GROUPS_MAX];
};

/* One frame of the input's next bytes. */
static struct frame_entry
next_frame(struct assembly *a, struct buf *out)
{
    struct err err;
    size_t len = wire_u16(&a->in);
    size_t left = wire_left(&a->in);
    struct span plain = wire_bytes(&a->in, len < left ? len : left);
    size_t from = out->len;
    if (frame_encode(&a->coder, 1, plain.ptr == NULL ? SPAN("") : plain, out, &err) != STATUS_OK) {
        abort();
    }
    struct span stored = {out->data + from, out->len - from};
    return (struct frame_entry){
        .stored = (uint32_t)stored.len, .plain = (uint32_t)plain.len, .hash = hash64(stored)};
}

static void
next_spill(struct assembly *a, struct spill *spill)
{
    uint64_t offset = a->file.len;
    spill->row = wire_u8(&a->in);
    spill->column = wire_u8(&a->in) % (N_COLUMNS + 1);
    spill->parts = arena_new(&a->arena, struct frame_entry);
    spill->parts[0] = next_frame(a, &a->file);
    spill->parts[0].offset = offset;
    spill->n_parts = 1;
    spill->len = spill->parts[0].plain;
    a->footer.spilled += spill->parts[0].stored;
}

static void
next_group(struct assembly *a, struct group_entry *group)
{
    struct err err;
    struct frame_entry entries[N_COLUMNS];
    struct spill spills[SPILLS_MAX] = {0};
    struct directory directory = {.columns = entries, .n_columns = N_COLUMNS, .spills = spills};
    uint8_t flags = wire_u8(&a->in);
    directory.rows = 1 + wire_u8(&a->in) % 16;
    directory.n_spills = flags % (SPILLS_MAX + 1);
    for (size_t i = 0; i < directory.n_spills; i++) {
        next_spill(a, &spills[i]);
    }
    a->frames.len = 0;
    for (size_t i = 0; i < N_COLUMNS; i++) {
        entries[i] = next_frame(a, &a->frames);
    }
    if ((flags & 0x40) != 0) {
        entries[flags % N_COLUMNS].plain ^= wire_u32(&a->in);
    }
    group->offset = a->file.len;
    if (directory_put(&directory, &a->file, &err) != STATUS_OK) {
        abort();
    }
    struct span frame = {a->file.data + group->offset, a->file.len - group->offset};
    group->directory = (uint32_t)frame.len;
    group->hash = hash64(frame);
    group->frames = (uint32_t)a->frames.len;
    group->rows = directory.rows;
    buf_add(&a->file, a->frames.data, a->frames.len);
    if ((flags & 0x80) != 0) {
        group->offset ^= wire_u16(&a->in);
        group->frames ^= wire_u16(&a->in);
    }
}

static void
close_file(struct assembly *a, size_t header_len)
{
    struct err err;
    BUF_SCOPED plain = BUF_INIT((size_t)1 << 20);
    struct hash_state edges;
    struct trailer trailer = {.footer_offset = a->file.len};
    footer_put(&a->footer, &plain);
    if (frame_encode(&a->coder, 1, buf_view(&plain), &a->file, &err) != STATUS_OK) {
        abort();
    }
    trailer.footer_len = a->file.len - trailer.footer_offset;
    hash_begin(&edges);
    hash_add(&edges, (struct span){a->file.data, header_len});
    hash_add(&edges, (struct span){a->file.data + trailer.footer_offset, trailer.footer_len});
    trailer.hash = hash128_end(&edges);
    trailer_put(&trailer, &a->file);
}

static enum status
drop(void *state, struct span bytes, bool ends_row, struct err *err)
{
    uint64_t *rows = state;
    (void)err;
    *rows += ends_row && bytes.len > 0;
    return STATUS_OK;
}

static void
read_all(const struct buf *file)
{
    struct err err;
    char name[] = "/tmp/rollcall-fuzz-XXXXXX";
    uint64_t rows = 0;
    static const bool some[N_COLUMNS] = {true, false, false, true};
    const struct row_sink sink = {drop, &rows};
    SNAPSHOT_SCOPED *reader = NULL;
    int fd = mkstemp(name);
    if (fd < 0 || write(fd, file->data, file->len) != (ssize_t)file->len) {
        abort();
    }
    close(fd);
    if (snapshot_open(name, &reader, &err) == STATUS_OK) {
        IGNORE(snapshot_verify(reader, 1, &err));
        IGNORE(snapshot_read(reader, 0, UINT64_MAX, NULL, &sink, &err));
        IGNORE(snapshot_read(reader, 0, UINT64_MAX, some, &sink, &err));
    }
    unlink(name);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err;
    struct assembly a = {
        .in = wire_over((struct span){(const char *)data, size}),
        .file = BUF_INIT((size_t)16 << 20),
        .frames = BUF_INIT((size_t)16 << 20),
    };
    if (header_put(&header, &a.file, &err) != STATUS_OK) {
        abort();
    }
    size_t header_len = a.file.len;
    a.footer.groups = a.groups;
    a.footer.totals.groups = 1 + wire_u8(&a.in) % GROUPS_MAX;
    for (uint64_t i = 0; i < a.footer.totals.groups; i++) {
        next_group(&a, &a.groups[i]);
        a.footer.totals.rows += a.groups[i].rows;
    }
    close_file(&a, header_len);
    read_all(&a.file);
    frame_coder_release(&a.coder);
    buf_release(&a.file);
    buf_release(&a.frames);
    arena_release(&a.arena);
    return 0;
}

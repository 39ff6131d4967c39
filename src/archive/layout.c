#include "archive/layout.h"

#include <string.h>

static const char header_magic[8] = {'R', 'O', 'L', 'L', 'S', 'N', 'A', 'P'};
static const char trailer_magic[8] = {'P', 'A', 'N', 'S', 'L', 'L', 'O', 'R'};

static enum status
raise_damaged(const char *part, struct err *err)
{
    return err_raise(err, STATUS_CORRUPT, "the %s is damaged", part);
}

/* Writes the head of the skippable frame that began at `from`. */
static enum status
close_skippable(struct buf *out, size_t from, unsigned kind, size_t max, struct err *err)
{
    size_t len = out->len - from - SKIPPABLE_HEAD;
    if (out->overflow || len > max) {
        return err_raise(err, STATUS_IO, "a part of the snapshot is larger than %zu bytes", max);
    }
    skippable_head(kind, (uint32_t)len, out->data + from);
    return STATUS_OK;
}

/* -- header --------------------------------------------------------------------------------------------- */

/* The header's texts in file order; their names are in the file, so that it can be read without us. */
static const struct {
    const char *name;
    size_t at;
} header_texts[] = {
    {"kind", offsetof(struct snapshot_header, kind)},
    {"operation", offsetof(struct snapshot_header, operation)},
    {"service", offsetof(struct snapshot_header, service)},
    {"engine", offsetof(struct snapshot_header, engine)},
    {"server", offsetof(struct snapshot_header, server)},
    {"system", offsetof(struct snapshot_header, system)},
    {"database", offsetof(struct snapshot_header, database)},
    {"table", offsetof(struct snapshot_header, table)},
    {"point", offsetof(struct snapshot_header, point)},
    {"settings", offsetof(struct snapshot_header, settings)},
    {"writer", offsetof(struct snapshot_header, writer)},
};

enum {
    FLAG_TAGGED = 1 << 0,
    FLAG_NOT_NULL = 1 << 1,
    FLAG_GENERATED = 1 << 2,
    FLAG_IDENTITY = 1 << 3,
    FLAG_ALL = 15
};

static const char *
text_of(const struct snapshot_header *header, size_t at)
{
    const char *text;
    memcpy(&text, (const char *)header + at, sizeof(text));
    return text;
}

static void
put_column(struct buf *out, const struct snapshot_column *column)
{
    wire_put_span(out, span_of(column->name));
    wire_put_span(out, span_of(column->type));
    wire_put_span(out, span_of(column->form));
    wire_put_span(out, span_of(column->collation));
    wire_put_u8(out, (uint8_t)column->traits.number);
    wire_put_u8(
        out,
        (uint8_t)((column->traits.is_tagged ? FLAG_TAGGED : 0) | (column->not_null ? FLAG_NOT_NULL : 0) |
                  (column->is_generated ? FLAG_GENERATED : 0) | (column->is_identity ? FLAG_IDENTITY : 0)));
    wire_put_u32(out, column->key_place);
}

enum status
header_put(const struct snapshot_header *header, struct buf *out, struct err *err)
{
    size_t from = out->len;
    char head[SKIPPABLE_HEAD] = {0};
    buf_add(out, head, sizeof(head));
    buf_add(out, header_magic, sizeof(header_magic));
    wire_put_u32(out, SNAPSHOT_VERSION);
    wire_put_u64(out, (uint64_t)header->created_us);
    wire_put_u32(out, COUNT_OF(header_texts));
    for (size_t i = 0; i < COUNT_OF(header_texts); i++) {
        wire_put_span(out, span_of(header_texts[i].name));
        wire_put_span(out, span_of(text_of(header, header_texts[i].at)));
    }
    wire_put_u32(out, (uint32_t)header->n_columns);
    for (size_t i = 0; i < header->n_columns; i++) {
        put_column(out, &header->columns[i]);
    }
    return close_skippable(out, from, KIND_HEADER, HEADER_MAX, err);
}

/* Texts are C strings here: a NUL inside would hide the rest. */
static const char *
get_text(struct wire *wire, struct arena *arena)
{
    struct span text = wire_span(wire);
    if (text.len > 0 && memchr(text.ptr, '\0', text.len) != NULL) {
        wire->is_bad = true;
    }
    return arena_strndup(arena, text.ptr, wire->is_bad ? 0 : text.len);
}

static void
get_column(struct wire *wire, struct arena *arena, struct snapshot_column *column)
{
    column->name = get_text(wire, arena);
    column->type = get_text(wire, arena);
    column->form = get_text(wire, arena);
    column->collation = get_text(wire, arena);
    uint8_t number = wire_u8(wire);
    uint8_t flags = wire_u8(wire);
    column->key_place = wire_u32(wire);
    if (number >= NUMBER_COUNT || (flags & ~FLAG_ALL) != 0 || column->key_place > COLUMN_MAX) {
        wire->is_bad = true;
        return;
    }
    column->traits.number = (enum column_number)number;
    column->traits.is_tagged = (flags & FLAG_TAGGED) != 0;
    column->not_null = (flags & FLAG_NOT_NULL) != 0;
    column->is_generated = (flags & FLAG_GENERATED) != 0;
    column->is_identity = (flags & FLAG_IDENTITY) != 0;
}

/* Texts this version does not know are passed over: later minor writers may add some. */
static void
get_texts(struct wire *wire, struct arena *arena, struct snapshot_header *out)
{
    for (size_t i = 0; i < COUNT_OF(header_texts); i++) {
        const char *empty = "";
        memcpy((char *)out + header_texts[i].at, &empty, sizeof(empty));
    }
    uint32_t n = wire_u32(wire);
    for (uint32_t k = 0; k < n && !wire->is_bad; k++) {
        const char *name = get_text(wire, arena);
        const char *text = get_text(wire, arena);
        for (size_t i = 0; i < COUNT_OF(header_texts); i++) {
            if (str_eq(header_texts[i].name, name)) {
                memcpy((char *)out + header_texts[i].at, &text, sizeof(text));
            }
        }
    }
}

enum status
header_get(struct span frame, struct arena *arena, struct snapshot_header *out, struct err *err)
{
    struct span payload;
    *out = (struct snapshot_header){0};
    if (!skippable_payload(frame, KIND_HEADER, &payload)) {
        return raise_damaged("header", err);
    }
    struct wire wire = wire_over(payload);
    struct span magic = wire_bytes(&wire, sizeof(header_magic));
    uint32_t version = wire_u32(&wire);
    if (wire.is_bad || memcmp(magic.ptr, header_magic, sizeof(header_magic)) != 0) {
        return raise_damaged("header", err);
    }
    if (version != SNAPSHOT_VERSION) {
        return err_raise(err, STATUS_UNSUPPORTED, "format %u of snapshots is not known here", version);
    }
    out->created_us = (int64_t)wire_u64(&wire);
    get_texts(&wire, arena, out);
    uint32_t n = wire_u32(&wire);
    if (wire.is_bad || n == 0 || n > COLUMN_MAX) {
        return raise_damaged("header", err);
    }
    out->columns = arena_new_array(arena, struct snapshot_column, n);
    out->n_columns = n;
    for (uint32_t i = 0; i < n && !wire.is_bad; i++) {
        get_column(&wire, arena, &out->columns[i]);
    }
    return wire_is_done(&wire) ? STATUS_OK : raise_damaged("header", err);
}

/* -- directory of a row group --------------------------------------------------------------------------- */

static void
put_frame(struct buf *out, const struct frame_entry *entry, bool with_offset)
{
    if (with_offset) {
        wire_put_u64(out, entry->offset);
    }
    wire_put_u32(out, entry->stored);
    wire_put_u32(out, entry->plain);
    wire_put_u64(out, entry->hash);
}

enum status
directory_put(const struct directory *directory, struct buf *out, struct err *err)
{
    size_t from = out->len;
    char head[SKIPPABLE_HEAD] = {0};
    buf_add(out, head, sizeof(head));
    wire_put_u32(out, directory->rows);
    wire_put_u32(out, (uint32_t)directory->n_columns);
    for (size_t i = 0; i < directory->n_columns; i++) {
        put_frame(out, &directory->columns[i], false);
    }
    wire_put_u32(out, (uint32_t)directory->n_spills);
    for (size_t i = 0; i < directory->n_spills; i++) {
        const struct spill *spill = &directory->spills[i];
        wire_put_u32(out, spill->row);
        wire_put_u32(out, spill->column);
        wire_put_u64(out, spill->len);
        for (size_t part = 0; part < spill->n_parts; part++) {
            put_frame(out, &spill->parts[part], true);
        }
    }
    return close_skippable(out, from, KIND_DIRECTORY, DIRECTORY_MAX, err);
}

static struct frame_entry
get_frame(struct wire *wire, bool with_offset)
{
    struct frame_entry entry = {.offset = with_offset ? wire_u64(wire) : 0};
    entry.stored = wire_u32(wire);
    entry.plain = wire_u32(wire);
    entry.hash = wire_u64(wire);
    return entry;
}

static bool
get_spill(struct wire *wire, struct arena *arena, struct spill *spill)
{
    enum { PART_LEN = 24 };
    spill->row = wire_u32(wire);
    spill->column = wire_u32(wire);
    spill->len = wire_u64(wire);
    uint64_t parts = spill->len / SPILL_PART_BYTES + (spill->len % SPILL_PART_BYTES != 0);
    /* The parts must be there before room is made for them. */
    if (wire->is_bad || spill->len == 0 || spill->len > UINT32_MAX || parts > wire_left(wire) / PART_LEN) {
        return false;
    }
    spill->n_parts = (size_t)parts;
    spill->parts = arena_new_array(arena, struct frame_entry, spill->n_parts);
    for (size_t i = 0; i < spill->n_parts; i++) {
        spill->parts[i] = get_frame(wire, true);
        uint64_t before = (uint64_t)i * SPILL_PART_BYTES;
        uint64_t plain = spill->len - before < SPILL_PART_BYTES ? spill->len - before : SPILL_PART_BYTES;
        if (spill->parts[i].plain != plain) {
            return false;
        }
    }
    return true;
}

static bool
is_after(const struct spill *spill, const struct spill *before)
{
    return spill->row > before->row || (spill->row == before->row && spill->column > before->column);
}

static bool
get_spills(struct wire *wire, struct arena *arena, struct directory *out)
{
    enum { SPILL_LEN = 16 + 24 };
    uint32_t n = wire_u32(wire);
    if (wire->is_bad || n > wire_left(wire) / SPILL_LEN) {
        return false;
    }
    out->spills = arena_new_array(arena, struct spill, n);
    out->n_spills = n;
    for (uint32_t i = 0; i < n; i++) {
        struct spill *spill = &out->spills[i];
        if (!get_spill(wire, arena, spill) || spill->row >= out->rows || spill->column >= out->n_columns ||
            (i > 0 && !is_after(spill, spill - 1))) {
            return false;
        }
    }
    return true;
}

enum status
directory_get(struct span frame, size_t n_columns, struct arena *arena, struct directory *out,
              struct err *err)
{
    struct span payload = {"", 0};
    *out = (struct directory){0};
    if (!skippable_payload(frame, KIND_DIRECTORY, &payload)) {
        return raise_damaged("directory of a row group", err);
    }
    struct wire wire = wire_over(payload);
    uint64_t plain = 0;
    out->rows = wire_u32(&wire);
    out->n_columns = wire_u32(&wire);
    if (wire.is_bad || out->rows == 0 || out->rows > GROUP_ROW_MAX || out->n_columns != n_columns) {
        return raise_damaged("directory of a row group", err);
    }
    out->columns = arena_new_array(arena, struct frame_entry, n_columns);
    for (size_t i = 0; i < n_columns; i++) {
        out->columns[i] = get_frame(&wire, false);
        plain += out->columns[i].plain;
        wire.is_bad = wire.is_bad || out->columns[i].plain > COLUMN_PLAIN_MAX;
    }
    if (plain > GROUP_PLAIN_MAX || !get_spills(&wire, arena, out) || !wire_is_done(&wire)) {
        return raise_damaged("directory of a row group", err);
    }
    return STATUS_OK;
}

/* -- footer and trailer --------------------------------------------------------------------------------- */

void
footer_put(const struct footer *footer, struct buf *out)
{
    wire_put_u64(out, footer->totals.groups);
    for (uint64_t i = 0; i < footer->totals.groups; i++) {
        const struct group_entry *group = &footer->groups[i];
        wire_put_u64(out, group->offset);
        wire_put_u32(out, group->directory);
        wire_put_u32(out, group->frames);
        wire_put_u32(out, group->rows);
        wire_put_u8(out, group->has_range);
        wire_put_u64(out, (uint64_t)group->min);
        wire_put_u64(out, (uint64_t)group->max);
        wire_put_hash128(out, group->sum);
        wire_put_u64(out, group->hash);
    }
    wire_put_u64(out, footer->totals.rows);
    wire_put_u64(out, footer->totals.plain_bytes);
    wire_put_u64(out, footer->spilled);
    wire_put_hash128(out, footer->totals.sum);
}

static struct group_entry
get_group(struct wire *wire)
{
    struct group_entry group = {.offset = wire_u64(wire)};
    group.directory = wire_u32(wire);
    group.frames = wire_u32(wire);
    group.rows = wire_u32(wire);
    uint8_t has_range = wire_u8(wire);
    group.has_range = has_range != 0;
    group.min = (int64_t)wire_u64(wire);
    group.max = (int64_t)wire_u64(wire);
    group.sum = wire_hash128(wire);
    group.hash = wire_u64(wire);
    wire->is_bad = wire->is_bad || has_range > 1;
    return group;
}

enum status
footer_get(struct span plain, struct arena *arena, struct footer *out, struct err *err)
{
    struct wire wire = wire_over(plain);
    uint64_t rows = 0;
    struct hash128 sum = {0, 0};
    *out = (struct footer){0};
    uint64_t n = wire_u64(&wire);
    if (wire.is_bad || n > wire_left(&wire) / GROUP_ENTRY_LEN) {
        return raise_damaged("footer", err);
    }
    out->groups = arena_new_array(arena, struct group_entry, (size_t)n);
    out->totals.groups = n;
    for (uint64_t i = 0; i < n; i++) {
        out->groups[i] = get_group(&wire);
        rows += out->groups[i].rows;
        sum = hash128_add(sum, out->groups[i].sum);
    }
    out->totals.rows = wire_u64(&wire);
    out->totals.plain_bytes = wire_u64(&wire);
    out->spilled = wire_u64(&wire);
    out->totals.sum = wire_hash128(&wire);
    if (!wire_is_done(&wire) || rows != out->totals.rows || !hash128_eq(sum, out->totals.sum)) {
        return raise_damaged("footer", err);
    }
    return STATUS_OK;
}

void
trailer_put(const struct trailer *trailer, struct buf *out)
{
    char head[SKIPPABLE_HEAD];
    skippable_head(KIND_TRAILER, TRAILER_LEN - SKIPPABLE_HEAD, head);
    buf_add(out, head, sizeof(head));
    wire_put_u64(out, trailer->footer_offset);
    wire_put_u64(out, trailer->footer_len);
    wire_put_hash128(out, trailer->hash);
    wire_put_u64(out, SNAPSHOT_VERSION);
    buf_add(out, trailer_magic, sizeof(trailer_magic));
}

enum status
trailer_get(struct span frame, struct trailer *out, struct err *err)
{
    struct span payload;
    if (frame.len != TRAILER_LEN || !skippable_payload(frame, KIND_TRAILER, &payload)) {
        return err_raise(err, STATUS_CORRUPT, "it does not end as a snapshot does");
    }
    struct wire wire = wire_over(payload);
    out->footer_offset = wire_u64(&wire);
    out->footer_len = wire_u64(&wire);
    out->hash = wire_hash128(&wire);
    uint64_t version = wire_u64(&wire);
    struct span magic = wire_bytes(&wire, sizeof(trailer_magic));
    if (!wire_is_done(&wire) || memcmp(magic.ptr, trailer_magic, sizeof(trailer_magic)) != 0) {
        return err_raise(err, STATUS_CORRUPT, "it does not end as a snapshot does");
    }
    if (version != SNAPSHOT_VERSION) {
        return err_raise(err, STATUS_UNSUPPORTED, "format %llu of snapshots is not known here",
                         (unsigned long long)version);
    }
    return STATUS_OK;
}

#include "archive/column.h"

#include "base/wire.h"

#include <string.h>

/* The first byte of a column frame. */
enum {
    SHAPE_NULLS = 1 << 0,      /* a bitmap of NULLs follows */
    SHAPE_TAGS = 1 << 1,       /* tags differ: one a cell; else one for all */
    SHAPE_WIDTH_SHIFT = 2,     /* two bits: all lengths equal, or 1, 2, 4 bytes a length */
    SHAPE_WIDTH_MASK = 3 << 2, /* */
    SHAPE_DATA_SHIFT = 4,      /* enum data_form */
};

enum data_form {
    DATA_PLAIN,  /* cell after cell */
    DATA_PLANES, /* first bytes of all cells, second bytes, ... */
    DATA_DELTAS, /* planes, low byte first, of zigzag differences from the cell before */
    DATA_SAME,   /* one cell stands for all */
    DATA_FORM_COUNT
};

static const uint8_t length_widths[] = {0, 1, 2, 4};

/* -- collecting ----------------------------------------------------------------------------------------- */

void
column_cells_init(struct column_cells *cells)
{
    *cells = (struct column_cells){
        .lengths = BUF_INIT((size_t)GROUP_ROW_MAX * 4),
        .tags = BUF_INIT((size_t)GROUP_ROW_MAX),
        .data = BUF_INIT((size_t)COLUMN_PLAIN_MAX),
    };
}

void
column_cells_release(struct column_cells *cells)
{
    buf_release(&cells->lengths);
    buf_release(&cells->tags);
    buf_release(&cells->data);
}

void
column_cells_reset(struct column_cells *cells)
{
    cells->lengths.len = 0;
    cells->tags.len = 0;
    cells->data.len = 0;
    cells->n_nulls = 0;
}

size_t
column_cells_rows(const struct column_cells *cells)
{
    return cells->lengths.len / sizeof(uint32_t);
}

const uint32_t *
column_cells_lengths(const struct column_cells *cells)
{
    return (const uint32_t *)(const void *)cells->lengths.data;
}

/* -- numbers -------------------------------------------------------------------------------------------- */

static bool
is_big(enum column_number number)
{
    return number == NUMBER_BIG_SIGNED || number == NUMBER_BIG_UNSIGNED;
}

static bool
is_signed(enum column_number number)
{
    return number == NUMBER_BIG_SIGNED || number == NUMBER_LITTLE_SIGNED;
}

bool
column_is_number(enum column_number number, size_t width)
{
    return number != NUMBER_NONE && (width == 1 || width == 2 || width == 4 || width == 8);
}

static uint64_t
load_bits(bool big, const char *ptr, size_t width)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < width; i++) {
        size_t shift = 8 * (big ? width - 1 - i : i);
        bits |= (uint64_t)(unsigned char)ptr[i] << shift;
    }
    return bits;
}

static void
store_bits(bool big, char *ptr, size_t width, uint64_t bits)
{
    for (size_t i = 0; i < width; i++) {
        size_t shift = 8 * (big ? width - 1 - i : i);
        ptr[i] = (char)(bits >> shift);
    }
}

static uint64_t
extend(uint64_t bits, size_t width)
{
    uint64_t sign = UINT64_C(1) << (8 * width - 1);
    return (bits ^ sign) - sign;
}

int64_t
column_number_at(enum column_number number, const char *ptr, size_t width)
{
    uint64_t bits = load_bits(is_big(number), ptr, width);
    return (int64_t)(is_signed(number) ? extend(bits, width) : bits);
}

/* Small differences of either sign become small numbers: 0, -1, 1, -2 are 0, 1, 2, 3. */
static uint64_t
zigzag(uint64_t delta, size_t width)
{
    uint64_t mask = UINT64_MAX >> (64 - 8 * width);
    uint64_t wide = extend(delta & mask, width);
    return ((wide << 1) ^ (UINT64_C(0) - (wide >> 63))) & mask;
}

static uint64_t
unzigzag(uint64_t bits)
{
    return (bits >> 1) ^ (UINT64_C(0) - (bits & 1));
}

static unsigned
bit_length(uint64_t bits)
{
    unsigned n = 0;
    for (; bits != 0; bits >>= 1) {
        n++;
    }
    return n;
}

/* Differences pay where neighbours are near: tried on a few hundred cells from the middle, against the span
 * of their values. */
static bool
deltas_pay(enum column_number number, const char *data, size_t n, size_t width)
{
    enum { SAMPLE = 256 };
    size_t from = n > SAMPLE ? (n - SAMPLE) / 2 : 0;
    size_t count = n > SAMPLE ? SAMPLE : n;
    bool big = is_big(number);
    uint64_t before = load_bits(big, data + from * width, width);
    uint64_t low = before;
    uint64_t high = before;
    uint64_t delta_bits = 0;
    for (size_t i = from + 1; i < from + count; i++) {
        uint64_t bits = load_bits(big, data + i * width, width);
        delta_bits += bit_length(zigzag(bits - before, width));
        low = bits < low ? bits : low;
        high = bits > high ? bits : high;
        before = bits;
    }
    return delta_bits + count < count * (uint64_t)bit_length(high - low);
}

/* -- encoding ------------------------------------------------------------------------------------------- */

static char *
room_for(struct buf *out, size_t len)
{
    char *room = buf_room(out, len);
    if (room == NULL) {
        bug("a column frame grew past its bounds");
    }
    out->len += len;
    return room;
}

/* Inlined for the widths that occur, so that the inner loop has no multiplication. */
static inline void
split_planes(const char *cells, char *planes, size_t n, size_t width)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t plane = 0; plane < width; plane++) {
            planes[plane * n + i] = cells[i * width + plane];
        }
    }
}

static inline void
join_planes(const char *planes, char *cells, size_t n, size_t width)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t plane = 0; plane < width; plane++) {
            cells[i * width + plane] = planes[plane * n + i];
        }
    }
}

static void
put_planes(struct buf *out, const char *data, size_t n, size_t width)
{
    char *room = room_for(out, n * width);
    switch (width) {
    case 4:
        split_planes(data, room, n, 4);
        break;
    case 8:
        split_planes(data, room, n, 8);
        break;
    default:
        split_planes(data, room, n, width);
        break;
    }
}

static void
put_deltas(struct buf *out, enum column_number number, const char *data, size_t n, size_t width)
{
    char *room = room_for(out, n * width);
    bool big = is_big(number);
    uint64_t before = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t bits = load_bits(big, data + i * width, width);
        uint64_t delta = zigzag(bits - before, width);
        for (size_t plane = 0; plane < width; plane++) {
            room[plane * n + i] = (char)(delta >> (8 * plane));
        }
        before = bits;
    }
}

static void
put_nulls(struct buf *out, const uint32_t *lengths, size_t rows)
{
    char *room = room_for(out, (rows + 7) / 8);
    memset(room, 0, (rows + 7) / 8);
    for (size_t i = 0; i < rows; i++) {
        room[i / 8] = (char)((unsigned char)room[i / 8] | (lengths[i] == CELL_NULL) << i % 8);
    }
}

/* The lengths of cells that are not NULL, as planes of the narrowest width that holds them. */
static void
put_lengths(struct buf *out, const uint32_t *lengths, size_t rows, size_t n, size_t width)
{
    char *room = room_for(out, n * width);
    size_t at = 0;
    for (size_t i = 0; i < rows; i++) {
        if (lengths[i] == CELL_NULL) {
            continue;
        }
        for (size_t plane = 0; plane < width; plane++) {
            room[plane * n + at] = (char)(lengths[i] >> (8 * plane));
        }
        at++;
    }
}

struct length_range {
    uint32_t min;
    uint32_t max;
};

static struct length_range
range_of(const uint32_t *lengths, size_t rows)
{
    struct length_range range = {UINT32_MAX, 0};
    for (size_t i = 0; i < rows; i++) {
        if (lengths[i] != CELL_NULL) {
            range.min = lengths[i] < range.min ? lengths[i] : range.min;
            range.max = lengths[i] > range.max ? lengths[i] : range.max;
        }
    }
    return range.min > range.max ? (struct length_range){0, 0} : range;
}

static unsigned
width_class(struct length_range range)
{
    return range.min == range.max ? 0 : range.max <= UINT8_MAX ? 1 : range.max <= UINT16_MAX ? 2 : 3;
}

static enum data_form
data_form(enum column_number number, const char *data, size_t n, size_t width)
{
    if (n < 2 || width == 0) {
        return DATA_PLAIN;
    }
    if (memcmp(data, data + width, (n - 1) * width) == 0) {
        return DATA_SAME;
    }
    if (column_is_number(number, width) && deltas_pay(number, data, n, width)) {
        return DATA_DELTAS;
    }
    return width == 2 || width == 4 || width == 8 ? DATA_PLANES : DATA_PLAIN;
}

static bool
all_same(const struct buf *bytes)
{
    return bytes->len < 2 || memcmp(bytes->data, bytes->data + 1, bytes->len - 1) == 0;
}

void
column_encode(const struct column_cells *cells, struct column_traits traits, struct buf *out)
{
    const uint32_t *lengths = column_cells_lengths(cells);
    const char *data = buf_cstr(&cells->data);
    size_t rows = column_cells_rows(cells);
    size_t n = rows - cells->n_nulls;
    struct length_range range = range_of(lengths, rows);
    unsigned class = width_class(range);
    bool has_tags = traits.is_tagged && !all_same(&cells->tags);
    enum data_form form = class == 0 ? data_form(traits.number, data, n, range.max) : DATA_PLAIN;
    unsigned shape = (cells->n_nulls > 0 ? (unsigned)SHAPE_NULLS : 0) |
                     (has_tags ? (unsigned)SHAPE_TAGS : 0) | class << SHAPE_WIDTH_SHIFT |
                     (unsigned)form << SHAPE_DATA_SHIFT;
    wire_put_u8(out, (uint8_t)shape);
    if (cells->n_nulls > 0) {
        put_nulls(out, lengths, rows);
    }
    if (traits.is_tagged && n > 0) {
        buf_add(out, cells->tags.data, has_tags ? n : 1);
    }
    if (class == 0) {
        wire_put_u32(out, range.max);
    } else {
        put_lengths(out, lengths, rows, n, length_widths[class]);
    }
    switch (form) {
    case DATA_PLAIN:
    case DATA_FORM_COUNT:
        buf_add(out, data, cells->data.len);
        break;
    case DATA_PLANES:
        put_planes(out, data, n, range.max);
        break;
    case DATA_DELTAS:
        put_deltas(out, traits.number, data, n, range.max);
        break;
    case DATA_SAME:
        buf_add(out, data, range.max);
        break;
    }
}

/* -- decoding ------------------------------------------------------------------------------------------- */

/* One column frame on its way back. */
struct decoding {
    struct wire wire;
    struct column_traits traits;
    unsigned shape;
    unsigned class;
    enum data_form form;
    size_t rows;
    size_t n; /* cells that are not NULL */
    struct column_cells *cells;
};

static bool
get_nulls(struct decoding *d)
{
    uint32_t *lengths = (uint32_t *)(void *)room_for(&d->cells->lengths, d->rows * sizeof(uint32_t));
    struct span bitmap = {"", 0};
    if ((d->shape & SHAPE_NULLS) != 0) {
        bitmap = wire_bytes(&d->wire, (d->rows + 7) / 8);
        /* Bits past the last row are zero. */
        if (d->wire.is_bad ||
            (d->rows % 8 != 0 && (unsigned char)bitmap.ptr[bitmap.len - 1] >> d->rows % 8 != 0)) {
            return false;
        }
    }
    for (size_t i = 0; i < d->rows; i++) {
        bool is_null = bitmap.len > 0 && ((unsigned char)bitmap.ptr[i / 8] >> i % 8 & 1) != 0;
        lengths[i] = is_null ? CELL_NULL : 0;
        d->cells->n_nulls += is_null;
    }
    d->n = d->rows - d->cells->n_nulls;
    return ((d->shape & SHAPE_NULLS) != 0) == (d->cells->n_nulls > 0);
}

static bool
get_tags(struct decoding *d)
{
    bool has_tags = (d->shape & SHAPE_TAGS) != 0;
    if (!d->traits.is_tagged || d->n == 0) {
        return !has_tags;
    }
    struct span tags = wire_bytes(&d->wire, has_tags ? d->n : 1);
    if (d->wire.is_bad) {
        return false;
    }
    char *room = room_for(&d->cells->tags, d->n);
    if (has_tags) {
        memcpy(room, tags.ptr, d->n);
    } else {
        memset(room, tags.ptr[0], d->n);
    }
    return !has_tags || !all_same(&d->cells->tags);
}

/* Fills in the lengths; `*total` is their sum. */
static bool
get_lengths(struct decoding *d, uint64_t *total)
{
    uint32_t *lengths = (uint32_t *)(void *)d->cells->lengths.data;
    size_t width = length_widths[d->class];
    uint32_t same = d->class == 0 ? wire_u32(&d->wire) : 0;
    struct span planes = wire_bytes(&d->wire, d->n * width);
    size_t at = 0;
    *total = 0;
    if (d->wire.is_bad || same == CELL_NULL || (d->n == 0 && same != 0)) {
        return false;
    }
    for (size_t i = 0; i < d->rows; i++) {
        if (lengths[i] == CELL_NULL) {
            continue;
        }
        uint32_t len = same;
        for (size_t plane = 0; plane < width; plane++) {
            len |= (uint32_t)(unsigned char)planes.ptr[plane * d->n + at] << (8 * plane);
        }
        if (len == CELL_NULL) {
            return false;
        }
        lengths[i] = len;
        *total += len;
        at++;
    }
    return *total <= COLUMN_PLAIN_MAX &&
           (d->class == 0 || width_class(range_of(lengths, d->rows)) == d->class);
}

static void
take_planes(const char *planes, char *out, size_t n, size_t width)
{
    switch (width) {
    case 4:
        join_planes(planes, out, n, 4);
        break;
    case 8:
        join_planes(planes, out, n, 8);
        break;
    default:
        join_planes(planes, out, n, width);
        break;
    }
}

static void
take_deltas(enum column_number number, const char *planes, char *out, size_t n, size_t width)
{
    bool big = is_big(number);
    uint64_t before = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t delta = 0;
        for (size_t plane = 0; plane < width; plane++) {
            delta |= (uint64_t)(unsigned char)planes[plane * n + i] << (8 * plane);
        }
        before += unzigzag(delta);
        store_bits(big, out + i * width, width, before);
    }
}

static bool
get_data(struct decoding *d, size_t total)
{
    size_t width = d->n > 0 && d->class == 0 ? total / d->n : 0;
    bool is_same = d->form == DATA_SAME;
    if (d->form != DATA_PLAIN && (d->class != 0 || d->n < 2 || width == 0)) {
        return false;
    }
    if (d->form == DATA_DELTAS && !column_is_number(d->traits.number, width)) {
        return false;
    }
    struct span stored = wire_bytes(&d->wire, is_same ? width : total);
    if (!wire_is_done(&d->wire)) {
        return false;
    }
    char *room = room_for(&d->cells->data, total);
    switch (d->form) {
    case DATA_PLAIN:
    case DATA_FORM_COUNT:
        if (total > 0) {
            memcpy(room, stored.ptr, total);
        }
        break;
    case DATA_PLANES:
        take_planes(stored.ptr, room, d->n, width);
        break;
    case DATA_DELTAS:
        take_deltas(d->traits.number, stored.ptr, room, d->n, width);
        break;
    case DATA_SAME:
        for (size_t i = 0; i < d->n; i++) {
            memcpy(room + i * width, stored.ptr, width);
        }
        break;
    }
    return true;
}

enum status
column_decode(struct span plain, struct column_traits traits, size_t rows, struct column_cells *cells,
              struct err *err)
{
    struct decoding d = {.wire = wire_over(plain), .traits = traits, .rows = rows, .cells = cells};
    uint64_t total = 0;
    column_cells_reset(cells);
    d.shape = wire_u8(&d.wire);
    d.class = (d.shape & SHAPE_WIDTH_MASK) >> SHAPE_WIDTH_SHIFT;
    d.form = (enum data_form)(d.shape >> SHAPE_DATA_SHIFT);
    bool is_sound = rows > 0 && rows <= GROUP_ROW_MAX && d.form < DATA_FORM_COUNT && !d.wire.is_bad &&
                    get_nulls(&d) && get_tags(&d) && get_lengths(&d, &total) && get_data(&d, (size_t)total);
    return is_sound ? STATUS_OK : err_raise(err, STATUS_CORRUPT, "a column frame does not fit its row group");
}

_Static_assert(DATA_FORM_COUNT <= 16, "four bits of the shape");

#include "recon/digest.h"

#include "base/io.h"

#include <string.h>

static const char magic[] = "rollcall digest 1\n";
enum { MAGIC_LEN = sizeof(magic) - 1, HASH_LEN = 16, FLAG_SALTED = 1, READ_MAX = 16 << 20 };

/* -- out
 * ----------------------------------------------------------------------------------------------------------
 */

static void
write_table(const struct digest_table *table, struct buf *out)
{
    wire_put_span(out, span_of(table->name));
    wire_put_u16(out, (uint16_t)table->n_columns);
    wire_put_u16(out, (uint16_t)table->n_key);
    for (size_t i = 0; i < table->n_columns; i++) {
        wire_put_u8(out, (uint8_t)table->columns[i].kind);
        wire_put_span(out, span_of(table->columns[i].name));
    }
    wire_put_u64(out, table->rows);
    wire_put_hash128(out, table->sum);
    wire_put_u8(out, (uint8_t)table->bucket_bits);
    for (size_t i = 0; i < (size_t)1 << table->bucket_bits; i++) {
        wire_put_u64(out, table->buckets[i].rows);
        wire_put_hash128(out, table->buckets[i].sum);
    }
    if (table->sketch.bits == 0) {
        wire_put_u8(out, 0);
    } else {
        sketch_write(&table->sketch, out);
    }
}

void
digest_write(const struct digest *digest, struct buf *out)
{
    size_t from = out->len;
    buf_add(out, magic, MAGIC_LEN);
    wire_put_u8(out, CANON_VERSION);
    wire_put_u8(out, digest->is_salted ? FLAG_SALTED : 0);
    wire_put_u64(out, digest->salt_mark);
    wire_put_u64(out, (uint64_t)digest->created_us);
    wire_put_span(out, span_of(digest->engine));
    wire_put_span(out, span_of(digest->version));
    wire_put_u32(out, (uint32_t)digest->n);
    for (size_t i = 0; i < digest->n; i++) {
        write_table(&digest->items[i], out);
    }
    wire_put_hash128(out, hash128((struct span){out->data + from, out->len - from}));
}

/* -- in
 * -----------------------------------------------------------------------------------------------------------
 */

static enum status
raise_bad(const char *what, struct err *err)
{
    (void)err_raise(err, STATUS_CORRUPT, "the digest is damaged: %s", what);
    return err_hint(err, "fetch the file again, or have 'rollcall digest' write a new one");
}

static bool
read_name(struct wire *wire, struct arena *arena, const char **out)
{
    struct span text = wire_span(wire);
    if (text.len == 0 || utf8_valid_len(text) != text.len || memchr(text.ptr, '\0', text.len) != NULL) {
        return false;
    }
    *out = arena_strndup(arena, text.ptr, text.len);
    return true;
}

static bool
read_columns(struct wire *wire, struct arena *arena, struct digest_table *out)
{
    out->n_columns = wire_u16(wire);
    out->n_key = wire_u16(wire);
    if (out->n_columns == 0 || out->n_columns > DIGEST_COLUMNS_MAX || out->n_key > out->n_columns) {
        return false;
    }
    out->columns = arena_new_array(arena, struct digest_column, out->n_columns);
    for (size_t i = 0; i < out->n_columns; i++) {
        unsigned kind = wire_u8(wire);
        if (kind == 0 || kind > CANON_KIND_MAX || !read_name(wire, arena, &out->columns[i].name)) {
            return false;
        }
        out->columns[i].kind = (enum canon_kind)kind;
    }
    return true;
}

/* They have to add up to the totals. */
static bool
read_buckets(struct wire *wire, struct arena *arena, struct digest_table *out)
{
    uint64_t rows = 0;
    struct hash128 sum = {0, 0};
    out->bucket_bits = wire_u8(wire);
    if (out->bucket_bits > DIGEST_BUCKET_BITS ||
        wire_left(wire) < ((size_t)1 << out->bucket_bits) * (8 + HASH_LEN)) {
        return false;
    }
    out->buckets = arena_new_array(arena, struct digest_bucket, (size_t)1 << out->bucket_bits);
    for (size_t i = 0; i < (size_t)1 << out->bucket_bits; i++) {
        struct digest_bucket *bucket = &out->buckets[i];
        bucket->rows = wire_u64(wire);
        bucket->sum = wire_hash128(wire);
        rows += bucket->rows;
        sum = hash128_add(sum, bucket->sum);
    }
    return rows == out->rows && hash128_eq(sum, out->sum);
}

static bool
read_sketch(struct wire *wire, struct arena *arena, struct digest_table *out)
{
    uint64_t rows = 0;
    if (wire_left(wire) > 0 && *wire->at == 0) {
        (void)wire_u8(wire);
        return true;
    }
    return sketch_read(wire, arena, &out->sketch) && sketch_rows(&out->sketch, &rows) && rows == out->rows;
}

static enum status
read_table(struct wire *wire, struct arena *arena, struct digest_table *out, struct err *err)
{
    if (!read_name(wire, arena, &out->name) || !read_columns(wire, arena, out)) {
        return raise_bad("a table's head makes no sense", err);
    }
    out->rows = wire_u64(wire);
    out->sum = wire_hash128(wire);
    if (!read_buckets(wire, arena, out)) {
        return raise_bad("the sums of a table do not add up", err);
    }
    return read_sketch(wire, arena, out) ? STATUS_OK : raise_bad("a table's sketch makes no sense", err);
}

static enum status
read_tables(struct wire *wire, struct arena *arena, struct digest *out, struct err *err)
{
    out->n = wire_u32(wire);
    if (out->n > DIGEST_TABLES_MAX || out->n > wire_left(wire)) {
        return raise_bad("too many tables", err);
    }
    out->cap = out->n;
    out->items = arena_new_array(arena, struct digest_table, out->n + 1);
    for (size_t i = 0; i < out->n; i++) {
        TRY(read_table(wire, arena, &out->items[i], err));
        if (i > 0 && strcmp(out->items[i - 1].name, out->items[i].name) >= 0) {
            return raise_bad("its tables are out of order", err);
        }
    }
    return STATUS_OK;
}

enum status
digest_read(struct span bytes, struct arena *arena, struct digest *out, struct err *err)
{
    *out = (struct digest){0};
    if (bytes.len < MAGIC_LEN + HASH_LEN || memcmp(bytes.ptr, magic, MAGIC_LEN - 2) != 0) {
        return raise_bad("this is no digest", err);
    }
    if (memcmp(bytes.ptr, magic, MAGIC_LEN) != 0) {
        (void)err_raise(err, STATUS_UNSUPPORTED, "the digest is of a format that this version does not know");
        return err_hint(err, "read it with a newer rollcall");
    }
    struct wire wire = wire_over((struct span){bytes.ptr, bytes.len - HASH_LEN});
    struct wire tail = wire_over((struct span){bytes.ptr + bytes.len - HASH_LEN, HASH_LEN});
    if (!hash128_eq(wire_hash128(&tail), hash128((struct span){bytes.ptr, bytes.len - HASH_LEN}))) {
        return raise_bad("its checksum is another", err);
    }
    (void)wire_bytes(&wire, MAGIC_LEN);
    unsigned canon = wire_u8(&wire);
    unsigned flags = wire_u8(&wire);
    out->salt_mark = wire_u64(&wire);
    out->created_us = (int64_t)wire_u64(&wire);
    out->is_salted = (flags & FLAG_SALTED) != 0;
    if (!read_name(&wire, arena, &out->engine) || !read_name(&wire, arena, &out->version) ||
        (flags & ~(unsigned)FLAG_SALTED) != 0 || (!out->is_salted && out->salt_mark != 0)) {
        return raise_bad("its head makes no sense", err);
    }
    if (canon != CANON_VERSION) {
        (void)err_raise(err, STATUS_UNSUPPORTED, "the digest was made by another version's rules for values");
        return err_hint(err, "make both digests with the same version of rollcall");
    }
    TRY(read_tables(&wire, arena, out, err));
    return wire_is_done(&wire) ? STATUS_OK : raise_bad("it does not end where it should", err);
}

enum status
digest_load(const char *path, struct arena *arena, struct digest *out, struct err *err)
{
    BUF_SCOPED bytes = BUF_INIT((size_t)READ_MAX);
    TRY(io_read_file(path, &bytes, err));
    return digest_read(buf_view(&bytes), arena, out, err) == STATUS_OK ? STATUS_OK
                                                                       : err_wrap(err, "%s", path);
}

bool
digest_is_file(const char *path)
{
    struct err ignored = {0};
    BUF_SCOPED bytes = BUF_INIT((size_t)READ_MAX);
    if (!io_exists(path) || io_is_dir(path)) {
        return false;
    }
    return str_ends(path, ".digest") ||
           (io_read_file(path, &bytes, &ignored) == STATUS_OK && bytes.len >= MAGIC_LEN - 2 &&
            memcmp(buf_cstr(&bytes), magic, MAGIC_LEN - 2) == 0);
}

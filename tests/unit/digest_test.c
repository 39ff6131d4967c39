#include "recon/digest.h"

#include "base/io.h"
#include "base/vec.h"
#include "harness.h"

#include <string.h>

static struct hash128
hash_of(uint64_t number)
{
    return hash128((struct span){(const char *)&number, sizeof(number)});
}

/* A table of rows from..to-1, each with itself as key; `shift` changes the content of every 100th row. */
static struct digest_table
make_table(const char *name, uint64_t from, uint64_t to, uint64_t shift, unsigned bits)
{
    struct arena *arena = test_arena();
    struct digest_table table = {
        .name = name, .n_columns = 2, .n_key = 1, .rows = to - from, .bucket_bits = DIGEST_BUCKET_BITS};
    table.columns = arena_new_array(arena, struct digest_column, 2);
    table.columns[0] = (struct digest_column){"id", CANON_NUMBER};
    table.columns[1] = (struct digest_column){"name", CANON_TEXT};
    table.buckets = arena_new_array(arena, struct digest_bucket, (size_t)1 << DIGEST_BUCKET_BITS);
    sketch_init(&table.sketch, bits, arena);
    for (uint64_t i = from; i < to; i++) {
        struct hash128 key = hash_of(i);
        struct hash128 row = hash_of(i + UINT64_C(1000000000) + (i % 100 == 0 ? shift : 0));
        struct digest_bucket *bucket = &table.buckets[key.high >> (64 - DIGEST_BUCKET_BITS)];
        bucket->rows++;
        bucket->sum = hash128_add(bucket->sum, row);
        table.sum = hash128_add(table.sum, row);
        sketch_add(&table.sketch, key.low, row, 1);
    }
    return table;
}

static struct digest
make_digest(struct digest_table *tables, size_t n)
{
    return (struct digest){
        .created_us = 1, .engine = "sqlite", .version = "3.40", .items = tables, .n = n, .cap = n};
}

static struct compare_table *
compare_two(struct digest_table left, struct digest_table right)
{
    struct err err = {0};
    struct digest digests[2] = {make_digest(&left, 1), make_digest(&right, 1)};
    const struct digest_side sides[2] = {{&digests[0], NULL}, {&digests[1], NULL}};
    static const struct digest_compare_options options = {.limit = 0};
    struct compare_result result;
    CHECK_OK(digest_compare(sides, &options, test_arena(), &result, &err));
    CHECK_INT(result.n, 1);
    return &result.items[0];
}

TEST(digest, reads_back_what_it_wrote)
{
    struct err err = {0};
    struct digest_table tables[2] = {make_table("a", 0, 1000, 0, 8), make_table("b", 0, 0, 0, 6)};
    struct digest digest = make_digest(tables, 2);
    struct digest back;
    BUF_SCOPED once = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED twice = BUF_INIT(BUF_TEXT_MAX);
    digest_write(&digest, &once);
    CHECK_OK(digest_read(buf_view(&once), test_arena(), &back, &err));
    CHECK_INT(back.n, 2);
    CHECK_INT(back.items[0].rows, 1000);
    CHECK_STR(back.items[0].columns[1].name, "name");
    digest_write(&back, &twice);
    CHECK(span_eq(buf_view(&once), buf_view(&twice)));
}

TEST(digest, every_flipped_bit_and_every_cut_is_found)
{
    struct err err = {0};
    struct digest_table table = make_table("a", 0, 20, 0, 6);
    table.bucket_bits = 0;
    table.buckets[0] = (struct digest_bucket){table.rows, table.sum};
    struct digest digest = make_digest(&table, 1);
    struct digest back;
    BUF_SCOPED bytes = BUF_INIT(BUF_TEXT_MAX);
    digest_write(&digest, &bytes);
    ARENA_SCOPED arena = {0};
    size_t missed = 0;
    for (size_t at = 0; at < bytes.len; at++) {
        struct arena_mark mark = arena_save(&arena);
        bytes.data[at] = (char)(bytes.data[at] ^ (1 << (at % 8)));
        enum status status = digest_read(buf_view(&bytes), &arena, &back, &err);
        missed += status != STATUS_CORRUPT && status != STATUS_UNSUPPORTED;
        bytes.data[at] = (char)(bytes.data[at] ^ (1 << (at % 8)));
        missed +=
            at % 7 == 0 && digest_read((struct span){bytes.data, at}, &arena, &back, &err) != STATUS_CORRUPT;
        arena_restore(&arena, mark);
    }
    CHECK_INT(missed, 0);
    buf_char(&bytes, '\0');
    CHECK(digest_read(buf_view(&bytes), &arena, &back, &err) == STATUS_CORRUPT);
}

/* The checksum is right, and what it covers is not. */
TEST(digest, what_does_not_add_up_is_damage)
{
    struct err err = {0};
    struct digest back;
    for (unsigned kind = 0; kind < 6; kind++) {
        struct digest_table tables[2] = {make_table("a", 0, 20, 0, 6), make_table("b", 0, 20, 0, 6)};
        struct digest digest = make_digest(tables, 2);
        BUF_SCOPED bytes = BUF_INIT(BUF_TEXT_MAX);
        switch (kind) {
        case 0:
            tables[0].rows++;
            break;
        case 1:
            tables[0].sum.low++;
            break;
        case 2:
            tables[1].name = "a";
            break;
        case 3:
            tables[0].n_key = 3;
            break;
        case 4:
            tables[1].columns[0].kind = (enum canon_kind)(CANON_KIND_MAX + 1);
            break;
        default: /* a row in the sketch that the totals lack */
            sketch_add(&tables[1].sketch, 1, hash_of(1), 1);
            break;
        }
        digest_write(&digest, &bytes);
        CHECK(digest_read(buf_view(&bytes), test_arena(), &back, &err) == STATUS_CORRUPT);
    }
}

TEST(digest, tells_missing_extra_and_different_rows)
{
    const struct compare_table *same =
        compare_two(make_table("a", 0, 50000, 0, 10), make_table("A", 0, 50000, 0, 9));
    CHECK(same->verdict == VERDICT_SAME);
    const struct compare_table *table =
        compare_two(make_table("a", 0, 5000, 0, 10), make_table("a", 10, 5007, 7, 9));
    CHECK(table->verdict == VERDICT_DIFFERENT);
    CHECK_INT(table->missing, 10);
    CHECK_INT(table->extra, 7);
    CHECK_INT(table->different, 49);
    CHECK_INT(table->n_keys, 66);
    CHECK_INT(table->notes.n, 0);
}

TEST(digest, more_differences_than_it_holds_are_no_guess)
{
    const struct compare_table *table =
        compare_two(make_table("a", 0, 5000, 0, 6), make_table("a", 3000, 9000, 0, 6));
    CHECK(table->verdict == VERDICT_DIFFERENT);
    CHECK_INT(table->notes.n, 1);
    CHECK(table->missing <= 3000 && table->extra <= 4000);
    struct digest_table left = make_table("a", 0, 5000, 0, 6);
    left.sketch.bits = 0;
    table = compare_two(left, make_table("a", 0, 5000, 1, 6));
    CHECK(table->verdict == VERDICT_DIFFERENT);
    CHECK_INT(table->notes.n, 1);
    CHECK_INT(table->n_keys, 0);
}

TEST(digest, sides_that_were_not_made_alike_are_refused)
{
    struct err err = {0};
    struct digest_table left = make_table("a", 0, 20, 0, 6);
    struct digest_table right = make_table("a", 0, 20, 0, 6);
    struct digest digests[2] = {make_digest(&left, 1), make_digest(&right, 1)};
    const struct digest_side sides[2] = {{&digests[0], NULL}, {&digests[1], NULL}};
    static const struct digest_compare_options options = {.limit = 0};
    struct compare_result result;
    right.columns[1].kind = CANON_BYTES;
    CHECK(digest_compare(sides, &options, test_arena(), &result, &err) == STATUS_USAGE);
    CHECK(strstr(err.hint, "--like") != NULL);
    right.columns[1].kind = CANON_TEXT;
    right.n_key = 0;
    CHECK(digest_compare(sides, &options, test_arena(), &result, &err) == STATUS_USAGE);
    right.n_key = 1;
    digests[1].is_salted = true;
    digests[1].salt_mark = 5;
    CHECK(digest_compare(sides, &options, test_arena(), &result, &err) == STATUS_USAGE);
    CHECK(strstr(err.hint, "--salt") != NULL);
}

TEST(digest, tables_are_found_but_for_case_underscores_and_schema)
{
    struct digest_table tables[3] = {make_table("public.order_line", 0, 1, 0, 6),
                                     make_table("x.t", 0, 1, 0, 6), make_table("y.t", 0, 1, 0, 6)};
    struct digest digest = make_digest(tables, 3);
    CHECK(digest_find(&digest, "OrderLine") == &tables[0]);
    CHECK(digest_find(&digest, "public.order_line") == &tables[0]);
    CHECK(digest_find(&digest, "t") == NULL);
    CHECK(digest_find(&digest, "y.t") == &tables[2]);
    CHECK(digest_find(&digest, "z") == NULL);
}

TEST(digest, a_salt_is_long_enough_and_leaves_only_a_mark)
{
    struct err err = {0};
    struct span salt;
    struct span other;
    const char *path = arena_printf(test_arena(), "%s/salt", test_dir());
    CHECK_OK(io_write_file(path, SPAN("123456789012345"), 0600, &err));
    CHECK(digest_salt_read(path, test_arena(), &salt, &err) == STATUS_USAGE);
    CHECK_OK(io_write_file(path, SPAN("1234567890123456"), 0600, &err));
    CHECK_OK(digest_salt_read(path, test_arena(), &salt, &err));
    CHECK_INT(salt.len, 64);
    CHECK_OK(io_write_file(path, SPAN("1234567890123457"), 0600, &err));
    CHECK_OK(digest_salt_read(path, test_arena(), &other, &err));
    CHECK(digest_salt_mark(salt) != digest_salt_mark(other));
}

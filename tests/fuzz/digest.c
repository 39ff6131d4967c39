/* Fuzz target: digests whose checksum is right and whose contents are not. What is accepted can be written
 * again to the same bytes, and compared with itself and with a digest of something else, whatever its cells
 * say. */
#include "recon/digest.h"

#include "fuzz.h"

enum { HASH_LEN = 16 };

static void
compare_with(const struct digest *left, const struct digest *right, struct arena *arena)
{
    struct err err = {0};
    struct compare_result result;
    static const struct digest_compare_options options = {.limit = 10};
    const struct digest_side sides[2] = {{left, NULL}, {right, NULL}};
    enum status status = digest_compare(sides, &options, arena, &result, &err);
    require(status == STATUS_OK || (status == STATUS_USAGE && err.msg[0] != '\0'));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ARENA_SCOPED arena = {0};
    BUF_SCOPED file = BUF_INIT((size_t)16 << 20);
    BUF_SCOPED again = BUF_INIT((size_t)16 << 20);
    struct digest digest;
    struct digest half;
    struct err err = {0};
    /* Sketches are long and, in small tables, mostly zero: a "z" at the end stands for the cells of one. */
    bool has_zeros = size > 0 && data[size - 1] == 'z';
    buf_add(&file, "rollcall digest 1\n", 18);
    buf_add(&file, data, size - has_zeros);
    for (size_t i = 0; has_zeros && i < (size_t)256 * SKETCH_CELL_LEN; i++) {
        buf_char(&file, '\0');
    }
    wire_put_hash128(&file, hash128(buf_view(&file)));
    if (digest_read(buf_view(&file), &arena, &digest, &err) != STATUS_OK) {
        require(err.msg[0] != '\0');
        return 0;
    }
    digest_write(&digest, &again);
    require(span_eq(buf_view(&file), buf_view(&again)));
    compare_with(&digest, &digest, &arena);
    half = digest;
    half.n /= 2;
    compare_with(&digest, &half, &arena);
    for (size_t i = 0; i < digest.n; i++) {
        struct sketch_items items = {0};
        if (digest.items[i].sketch.bits > 0) {
            (void)sketch_decode(&digest.items[i].sketch, &arena, &items);
            require(items.n <= (size_t)SKETCH_PARTITIONS << digest.items[i].sketch.bits);
        }
    }
    return 0;
}

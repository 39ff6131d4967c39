#include "recon/baseline.h"

#include "base/clock.h"
#include "base/io.h"

#include <inttypes.h>
#include <string.h>

/* A line "rollcall baseline 1 TIME", one line an id, then "end N SUM": the sum of the ids, so that a file
 * that was cut off or edited is no baseline. */
static const char magic[] = "rollcall baseline 1 ";

const char *
baseline_path(const char *store, struct arena *arena)
{
    return arena_printf(arena, "%s/reconcile.baseline", store);
}

static enum status
damaged(const char *path, struct err *err)
{
    (void)err_raise(err, STATUS_CORRUPT, "the baseline '%s' is damaged", path);
    return err_hint(err, "remove it, or take a new one: rollcall reconcile --baseline");
}

static bool
read_head(struct span line, struct baseline *out)
{
    if (!span_starts(line, magic)) {
        return false;
    }
    line = (struct span){line.ptr + sizeof(magic) - 1, line.len - sizeof(magic) + 1};
    out->is_cut = span_ends(line, " cut");
    line.len -= out->is_cut ? 4 : 0;
    return parse_i64(line, &out->at_us);
}

static bool
read_end(struct span line, const struct baseline *baseline)
{
    ARENA_SCOPED scratch = {0};
    struct hash128 sum = {0, 0};
    char hex[HASH128_HEX_LEN + 1];
    for (size_t i = 0; i < baseline->ids.n; i++) {
        sum = hash128_add(sum, baseline->ids.items[i]);
    }
    hash128_hex(sum, hex);
    return span_is(line, arena_printf(&scratch, "end %zu %s", baseline->ids.n, hex));
}

static bool
parse(struct span text, struct arena *arena, struct baseline *out)
{
    struct span line;
    if (!span_next_line(&text, &line) || !read_head(line, out)) {
        return false;
    }
    while (span_next_line(&text, &line)) {
        char hex[HASH128_HEX_LEN + 1];
        struct hash128 id;
        if (line.len != HASH128_HEX_LEN) {
            break;
        }
        memcpy(hex, line.ptr, line.len);
        hex[line.len] = '\0';
        if (!hash128_from_hex(hex, &id)) {
            return false;
        }
        vec_push(arena, &out->ids, id);
    }
    return text.len == 0 && read_end(line, out);
}

enum status
baseline_read(const char *store, struct arena *arena, struct baseline *out, struct err *err)
{
    const char *path = baseline_path(store, arena);
    BUF_SCOPED text = BUF_INIT((size_t)1 << 30);
    *out = (struct baseline){0};
    if (!io_exists(path)) {
        return STATUS_OK;
    }
    TRY(io_read_file(path, &text, err));
    out->is_there = true;
    if (!parse(buf_view(&text), arena, out)) {
        return damaged(path, err);
    }
    finding_ids_sort(&out->ids);
    return STATUS_OK;
}

enum status
baseline_write(const char *store, const struct result *results, size_t n, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    BUF_SCOPED ids = BUF_INIT((size_t)1 << 30);
    BUF_SCOPED text = BUF_INIT((size_t)1 << 30);
    struct hash128 sum = {0, 0};
    char hex[HASH128_HEX_LEN + 1];
    size_t count = 0;
    bool is_cut = false;
    for (size_t i = 0; i < n; i++) {
        const struct result *result = &results[i];
        if (result->err.status != STATUS_OK) {
            *err = result->err;
            return err_wrap(err, "no baseline without check '%s'", result->name);
        }
        is_cut = is_cut || result_findings(result) > result->ids.n;
        for (size_t k = 0; k < result->ids.n; k++, count++) {
            hash128_hex(result->ids.items[k], hex);
            buf_printf(&ids, "%s\n", hex);
            sum = hash128_add(sum, result->ids.items[k]);
        }
    }
    hash128_hex(sum, hex);
    buf_printf(&text, "%s%" PRId64 "%s\n", magic, clock_now_us(), is_cut ? " cut" : "");
    buf_span(&text, buf_view(&ids));
    buf_printf(&text, "end %zu %s\n", count, hex);
    TRY(buf_check(&text, "the baseline", err));
    TRY(io_make_dirs(store, 0700, err));
    return io_write_file(baseline_path(store, &scratch), buf_view(&text), 0600, err);
}

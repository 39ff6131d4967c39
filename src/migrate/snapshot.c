#include "migrate/snapshot_core.h"

#include "base/clock.h"
#include "base/io.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* -- manifest: lines of fields with tabs between, the last one a SHA-256 of those before ------------------
 */

static void
add_field(struct buf *out, const char *text)
{
    buf_char(out, '\t');
    for (; *text != '\0'; text++) {
        if (*text == '\t' || *text == '\n' || *text == '\\') {
            buf_char(out, '\\');
            buf_char(out, *text == '\t' ? 't' : *text == '\n' ? 'n' : '\\');
        } else {
            buf_char(out, *text);
        }
    }
}

static void
add_table(struct buf *out, const struct snapshot_table *table)
{
    char sum[HASH128_HEX_LEN + 1];
    hash128_hex(table->totals.sum, sum);
    buf_str(out, "table");
    add_field(out, table->table);
    add_field(out, table->file);
    buf_printf(out, "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%s\n", table->totals.rows,
               table->totals.plain_bytes, table->totals.stored_bytes, sum);
    for (size_t i = 0; i < table->counters.n; i++) {
        buf_str(out, "counter");
        add_field(out, table->counters.items[i].column);
        buf_printf(out, "\t%" PRId64 "\n", table->counters.items[i].next);
    }
}

enum status
manifest_write(const struct snapshot_set *set, struct arena *arena, struct err *err)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    char sum[SHA256_HEX_LEN + 1];
    buf_str(&out, "rollcall-snapshot\t1\nset");
    add_field(&out, set->id);
    add_field(&out, set->op);
    add_field(&out, set->service);
    add_field(&out, set->engine);
    add_field(&out, set->database);
    buf_printf(&out, "\t%" PRId64 "\n", set->created_us);
    for (size_t i = 0; i < set->n; i++) {
        add_table(&out, &set->items[i]);
    }
    sha256_hex(buf_view(&out), sum);
    buf_printf(&out, "end\t%s\n", sum);
    TRY(buf_check(&out, "the manifest", err));
    bool is_flushed = false;
    for (size_t i = 0; i < set->n; i++) {
        is_flushed = is_flushed || set->items[i].totals.stored_bytes > set->unflushed_max;
    }
    const char *path = arena_printf(arena, "%s/manifest", set->dir);
    return is_flushed ? io_write_file(path, buf_view(&out), 0600, err)
                      : io_write_file_soon(path, buf_view(&out), 0600, err);
}

enum { FIELD_MAX = 8 };

struct fields {
    const char *items[FIELD_MAX];
    size_t n;
};

static const char *
unescaped(struct span field, struct arena *arena)
{
    char *out = arena_strndup(arena, field.ptr, field.len);
    size_t len = 0;
    for (size_t i = 0; i < field.len; i++) {
        char c = field.ptr[i];
        if (c == '\\' && i + 1 < field.len) {
            c = field.ptr[++i];
            c = c == 't' ? '\t' : c == 'n' ? '\n' : c;
        }
        out[len++] = c;
    }
    out[len] = '\0';
    return out;
}

static struct fields
split_line(struct span line, struct arena *arena)
{
    struct fields fields = {.n = 0};
    for (const char *tab; fields.n < FIELD_MAX;
         line.len -= (size_t)(tab + 1 - line.ptr), line.ptr = tab + 1) {
        tab = memchr(line.ptr, '\t', line.len);
        struct span field = {line.ptr, tab == NULL ? line.len : (size_t)(tab - line.ptr)};
        fields.items[fields.n++] = unescaped(field, arena);
        if (tab == NULL) {
            break;
        }
    }
    return fields;
}

static bool
read_line(const struct fields *fields, struct snapshot_set *set, struct arena *arena)
{
    const char *const *f = fields->items;
    if (str_eq(f[0], "set") && fields->n == 7) {
        set->op = f[2];
        set->service = f[3];
        set->engine = f[4];
        set->database = f[5];
        return parse_i64(span_of(f[6]), &set->created_us);
    }
    if (str_eq(f[0], "table") && fields->n == 7) {
        struct snapshot_table table = {.table = f[1], .file = f[2]};
        bool is_read = parse_u64(span_of(f[3]), &table.totals.rows) &&
                       parse_u64(span_of(f[4]), &table.totals.plain_bytes) &&
                       parse_u64(span_of(f[5]), &table.totals.stored_bytes) &&
                       hash128_from_hex(f[6], &table.totals.sum) && strchr(f[2], '/') == NULL;
        vec_push(arena, set, table);
        return is_read;
    }
    if (str_eq(f[0], "counter") && fields->n == 3 && set->n > 0) {
        struct counter counter = {f[1], 0};
        bool is_read = parse_i64(span_of(f[2]), &counter.next);
        vec_push(arena, &set->items[set->n - 1].counters, counter);
        return is_read;
    }
    return str_eq(f[0], "rollcall-snapshot") && fields->n == 2 && str_eq(f[1], "1");
}

/* False: it is not what was written. */
static bool
parse_manifest(struct span text, struct snapshot_set *set, struct arena *arena)
{
    const size_t tail_len = 4 + SHA256_HEX_LEN + 1;
    char sum[SHA256_HEX_LEN + 1];
    struct span line;
    if (text.len < tail_len) {
        return false;
    }
    struct span tail = {text.ptr + text.len - tail_len, tail_len};
    struct span body = {text.ptr, text.len - tail_len};
    sha256_hex(body, sum);
    if (!span_is(tail, arena_printf(arena, "end\t%s\n", sum))) {
        return false;
    }
    while (span_next_line(&body, &line)) {
        struct fields fields = split_line(line, arena);
        if (!read_line(&fields, set, arena)) {
            return false;
        }
    }
    return set->op != NULL;
}

static void
blank_set(struct snapshot_set *set)
{
    set->op = set->service = set->engine = set->database = "";
    set->items = NULL;
    set->n = set->cap = 0;
    set->is_damaged = true;
}

/* -- the store ------------------------------------------------------------------------------------------- */

static char *
store_dir(const struct service *service, struct arena *arena)
{
    return arena_printf(arena, "%s/snapshots", service->store);
}

char *
snapshot_set_path(const struct snapshot_set *set, const struct snapshot_table *table, struct arena *arena)
{
    return arena_printf(arena, "%s/%s", set->dir, table->file);
}

static enum status
read_set(const char *dir, const char *id, struct arena *arena, struct snapshot_set *out, bool *found,
         struct err *err)
{
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    const char *manifest = arena_printf(arena, "%s/%s/manifest", dir, id);
    *out = (struct snapshot_set){.id = id, .dir = arena_printf(arena, "%s/%s", dir, id)};
    *found = io_exists(manifest);
    if (!*found) {
        return STATUS_OK;
    }
    TRY(io_read_file(manifest, &text, err));
    if (!parse_manifest(buf_view(&text), out, arena)) {
        blank_set(out);
    }
    out->is_damaged = out->is_damaged || io_exists(arena_printf(arena, "%s/damaged", out->dir));
    return STATUS_OK;
}

enum status
snapshot_set_list(const struct service *service, struct arena *arena, struct snapshot_sets *out,
                  struct err *err)
{
    const char *dir = store_dir(service, arena);
    struct io_listing listing = {0};
    *out = (struct snapshot_sets){0};
    if (!io_is_dir(dir)) {
        return STATUS_OK;
    }
    TRY(io_list_dir(arena, dir, &listing, err));
    for (size_t i = listing.n; i > 0; i--) {
        struct snapshot_set set;
        bool found;
        TRY(read_set(dir, listing.entries[i - 1].name, arena, &set, &found, err));
        if (found) {
            vec_push(arena, out, set);
        }
    }
    return STATUS_OK;
}

enum status
snapshot_set_find(const struct service *service, const char *id, struct arena *arena,
                  struct snapshot_set *out, struct err *err)
{
    struct snapshot_sets sets;
    size_t n = 0;
    TRY(snapshot_set_list(service, arena, &sets, err));
    for (size_t i = 0; i < sets.n; i++) {
        if (str_eq(sets.items[i].id, id) || (i == 0 && str_eq(id, "last"))) {
            *out = sets.items[i];
            return STATUS_OK;
        }
        if (str_starts(sets.items[i].id, id)) {
            *out = sets.items[i];
            n++;
        }
    }
    if (n == 1) {
        return STATUS_OK;
    }
    (void)err_raise(err, STATUS_USAGE,
                    n == 0 ? "there is no snapshot '%s'" : "several snapshots begin with '%s'", id);
    return err_hint(err, "'rollcall snapshot list' lists them");
}

/* -- verifying ------------------------------------------------------------------------------------------- */

static enum status
verify_table(const struct snapshot_set *set, const struct snapshot_table *table, struct arena *arena,
             struct err *err)
{
    SNAPSHOT_SCOPED *reader = NULL;
    const char *path = snapshot_set_path(set, table, arena);
    if (!io_exists(path)) {
        return err_raise(err, STATUS_CORRUPT, "the file '%s' is gone", path);
    }
    TRY(snapshot_open(path, &reader, err));
    const struct snapshot_totals *totals = snapshot_totals(reader);
    if (totals->rows != table->totals.rows || !hash128_eq(totals->sum, table->totals.sum)) {
        return err_raise(err, STATUS_CORRUPT, "the file '%s' is not the one that the manifest names", path);
    }
    return snapshot_verify(reader, 2, err);
}

enum status
snapshot_set_verify(const struct snapshot_set *set, struct arena *arena, struct err *err)
{
    const char *mark = arena_printf(arena, "%s/damaged", set->dir);
    enum status status = STATUS_OK;
    struct err ignored = {0};
    if (set->op[0] == '\0' && set->engine[0] == '\0') {
        status = err_raise(err, STATUS_CORRUPT, "the manifest of the snapshot '%s' is damaged", set->id);
    }
    for (size_t i = 0; i < set->n && status == STATUS_OK; i++) {
        status = verify_table(set, &set->items[i], arena, err);
    }
    if (status == STATUS_CORRUPT) {
        IGNORE(io_write_file(mark, span_of(err->msg), 0600, &ignored)); /* the verdict counts, not the note */
    } else if (status == STATUS_OK) {
        (void)unlink(mark);
    }
    return status;
}

/* -- removing -------------------------------------------------------------------------------------------- */

/* The manifest first: what is left of a set that was not removed wholly is no set. */
void
snapshot_set_remove(const char *dir)
{
    ARENA_SCOPED scratch = {0};
    struct io_listing listing = {0};
    struct err ignored = {0};
    (void)unlink(arena_printf(&scratch, "%s/manifest", dir));
    if (io_list_dir(&scratch, dir, &listing, &ignored) == STATUS_OK) {
        for (size_t i = 0; i < listing.n; i++) {
            (void)unlink(arena_printf(&scratch, "%s/%s", dir, listing.entries[i].name));
        }
    }
    (void)rmdir(dir);
}

static bool
is_held(const struct snapshot_set *set, const struct name_list *held)
{
    for (size_t i = 0; i < held->n; i++) {
        if (str_eq(held->items[i], set->op) || str_eq(held->items[i], set->id)) {
            return true;
        }
    }
    return false;
}

/* Folders without a manifest whose take began more than a day ago. */
static enum status
find_torn(const char *dir, struct arena *arena, struct snapshot_sets *out, struct err *err)
{
    static const int64_t day_us = (int64_t)86400 * 1000000;
    char at[RFC3339_LEN + 1];
    struct io_listing listing = {0};
    clock_rfc3339(clock_now_us() - day_us, at);
    const char *limit =
        arena_printf(arena, "%.4s%.2s%.2sT%.2s%.2s%.2s", at, at + 5, at + 8, at + 11, at + 14, at + 17);
    TRY(io_list_dir(arena, dir, &listing, err));
    for (size_t i = 0; i < listing.n; i++) {
        struct snapshot_set set;
        bool found;
        TRY(read_set(dir, listing.entries[i].name, arena, &set, &found, err));
        if (!found && strcmp(set.id, limit) < 0) {
            blank_set(&set);
            vec_push(arena, out, set);
        }
    }
    return STATUS_OK;
}

enum status
snapshot_set_gc(const struct service *service, size_t keep, const struct name_list *held, bool dry_run,
                struct arena *arena, struct snapshot_sets *removed, struct err *err)
{
    struct snapshot_sets sets;
    size_t kept = 0;
    *removed = (struct snapshot_sets){0};
    TRY(snapshot_set_list(service, arena, &sets, err));
    for (size_t i = 0; i < sets.n; i++) {
        bool is_kept = kept < keep && !sets.items[i].is_damaged;
        kept += is_kept;
        if (!is_kept && !is_held(&sets.items[i], held)) {
            vec_push(arena, removed, sets.items[i]);
        }
    }
    if (io_is_dir(store_dir(service, arena))) {
        TRY(find_torn(store_dir(service, arena), arena, removed, err));
    }
    for (size_t i = 0; i < removed->n && !dry_run; i++) {
        snapshot_set_remove(removed->items[i].dir);
    }
    return STATUS_OK;
}

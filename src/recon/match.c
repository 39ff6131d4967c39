#include "recon/match.h"

#include "base/io.h"
#include "recon/canon_view.h"
#include "recon/columns.h"
#include "recon/tolerance.h"

#include <string.h>

/* -- in ------------------------------------------------------------------------------------------------- */

void
match_release(struct match *match)
{
    spool_release(&match->spools[0]);
    spool_release(&match->spools[1]);
}

struct collector {
    struct match *match;
    size_t side;
};

static enum status
collect(void *state, const struct rows_item *item, struct err *err)
{
    const struct collector *collector = state;
    struct match *match = collector->match;
    struct hash128 key = match->is_one_row ? (struct hash128){0, 0} : item->key;
    TRY(stop_check(err));
    return spool_add(&match->spools[collector->side], key, item->bytes, err);
}

enum status
match_read(struct match *match, size_t side, struct arena *arena, struct err *err)
{
    struct collector collector = {match, side};
    struct rows_sink sink = {collect, &collector};
    TRY(rows_read(&match->plans[side], &sink, arena, NULL, err));
    return spool_seal(&match->spools[side], err);
}

/* -- rows of one key ------------------------------------------------------------------------------------ */

struct group {
    struct spool *spool;
    struct spool_record ahead; /* the first record behind the group */
    bool has_ahead;
    struct hash128 key;
    struct buf first; /* the group's first row */
    uint64_t n;       /* of its rows; 0: the side is at its end */
};

static void
group_release(struct group *group)
{
    buf_release(&group->first);
}

static enum status
group_next(struct group *group, struct err *err)
{
    group->n = 0;
    if (!group->has_ahead) {
        return STATUS_OK;
    }
    group->key = group->ahead.key;
    buf_reset(&group->first);
    buf_span(&group->first, group->ahead.bytes);
    while (group->has_ahead && hash128_eq(group->key, group->ahead.key)) {
        group->n++;
        TRY(spool_next(group->spool, &group->ahead, &group->has_ahead, err));
    }
    return STATUS_OK;
}

static enum status
group_open(struct group *group, struct spool *spool, struct err *err)
{
    *group = (struct group){.spool = spool, .first = BUF_INIT(UINT32_MAX)};
    TRY(spool_next(spool, &group->ahead, &group->has_ahead, err));
    return group_next(group, err);
}

/* -- judging -------------------------------------------------------------------------------------------- */

struct judge {
    struct match *match;
    struct result *result;
    struct group sides[2];
    struct span *cells[2]; /* of the rows in hand */
    bool *differs;         /* a compared column each */
    struct arena scratch;
};

static void
judge_release(struct judge *judge)
{
    group_release(&judge->sides[0]);
    group_release(&judge->sides[1]);
    arena_release(&judge->scratch);
}

/* The encoded cells of a row. */
static enum status
cut(const struct match *match, struct span row, struct span *cells, struct err *err)
{
    size_t n = match->plans[0].n;
    struct span rest = {row.ptr + 1, row.len - 1}; /* behind the version */
    for (size_t i = 0; i < n; i++) {
        if (!canon_next(&rest, &cells[i])) {
            return err_raise(err, STATUS_BUG, "a row of check '%s' is torn", match->check->name);
        }
    }
    return STATUS_OK;
}

/* Young is what changed within the grace before or after now: clocks differ. */
static enum status
add_youth(const struct match *match, size_t side, const struct span *cells, bool *is_late, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    int64_t us;
    if (!match->has_late || canon_is_null(cells[match->n_key + match->n_compare])) {
        return STATUS_OK;
    }
    if (!canon_time(cells[match->n_key + match->n_compare], &us)) {
        (void)err_raise(err, STATUS_USAGE, "%s: column '%s' holds what is no time",
                        check_place(match->check, side, &scratch), match->check->late);
        return err_hint(err, "late= names a column with date and time, such as 2026-03-01 10:00:00");
    }
    int64_t grace = (int64_t)match->check->grace_us;
    *is_late = *is_late || (us > match->now_us[side] - grace && us < match->now_us[side] + grace);
    return STATUS_OK;
}

static struct shown_row
show_cells(struct result *result, const char *const *names, const struct span *cells, size_t n)
{
    struct shown_row row = {.values = arena_new_array(&result->arena, struct shown_value, n + 1), .n = n};
    for (size_t i = 0; i < n; i++) {
        row.values[i] = (struct shown_value){arena_strdup(&result->arena, names[i]),
                                             canon_shown(cells[i], &result->arena)};
    }
    return row;
}

static void
fill_sample(const struct judge *judge, struct result_sample *sample, bool has[2])
{
    const struct match *match = judge->match;
    struct result *result = judge->result;
    sample->columns = arena_new_array(&result->arena, const char *, match->n_compare + 1);
    for (size_t i = 0; i < match->n_compare && sample->outcome == DISCORD_MISMATCH; i++) {
        if (judge->differs[i]) {
            sample->columns[sample->n_columns++] =
                arena_strdup(&result->arena, match->names[match->n_key + i]);
        }
    }
    if (!match->shows_values) {
        return;
    }
    sample->key = show_cells(result, match->names, judge->cells[has[0] ? 0 : 1], match->n_key);
    for (size_t i = 0; i < 2; i++) {
        if (has[i]) {
            sample->sides[i] = show_cells(result, match->names + match->n_key, judge->cells[i] + match->n_key,
                                          match->n_compare);
        }
    }
}

static struct span
key_bytes_of(const struct match *match, const struct span *cells)
{
    if (match->n_key == 0) {
        return (struct span){"", 0};
    }
    const struct span *last = &cells[match->n_key - 1];
    return (struct span){cells[0].ptr, (size_t)(last->ptr + last->len - cells[0].ptr)};
}

static enum status
found(struct judge *judge, enum discord outcome, bool is_late, bool has_left, bool has_right, struct err *err)
{
    const struct match *match = judge->match;
    bool has[2] = {has_left, has_right};
    struct hash128 id =
        finding_id(match->check->name, outcome, key_bytes_of(match, judge->cells[has_left ? 0 : 1]));
    struct result_sample *sample = result_add(judge->result, outcome, 1, &is_late, id, match->before);
    if (sample != NULL) {
        fill_sample(judge, sample, has);
    }
    if (is_late || match->watcher == NULL) {
        return STATUS_OK;
    }
    struct match_rows rows = {{{"", 0}, {"", 0}}};
    for (size_t i = 0; i < 2; i++) {
        rows.sides[i] = has[i] ? buf_view(&judge->sides[i].first) : rows.sides[i];
    }
    return match->watcher->tell(match->watcher->state, match, outcome, &rows, err);
}

static enum status
need_one_row(const struct match *match, const struct group *group, size_t side, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    if (!match->is_one_row || group->n == 1) {
        return STATUS_OK;
    }
    (void)err_raise(err, STATUS_USAGE, "%s: returns %s", check_place(match->check, side, &scratch),
                    group->n == 0 ? "no row" : "more than one row");
    return err_hint(err, "a sum is one row; for sums by group say what groups them: key=COLUMN");
}

static enum status
judge_pair(struct judge *judge, struct err *err)
{
    const struct match *match = judge->match;
    bool is_different = false;
    bool is_by_rule = false;
    for (size_t i = 0; i < match->n_compare; i++) {
        size_t at = match->n_key + i;
        for (size_t side = 0; side < 2 && match->is_sum; side++) {
            TRY(columns_check_exact(match->check, side, match->names[at], judge->cells[side][at], err));
        }
        judge->differs[i] = !tolerance_same(match->rules[at], judge->cells[0][at], judge->cells[1][at]);
        is_different = is_different || judge->differs[i];
        is_by_rule = is_by_rule || (!judge->differs[i] && !span_eq(judge->cells[0][at], judge->cells[1][at]));
    }
    if (!is_different) {
        judge->result->matched++;
        judge->result->by_rule += is_by_rule;
        return STATUS_OK;
    }
    bool is_late = false;
    TRY(add_youth(match, 0, judge->cells[0], &is_late, err));
    TRY(add_youth(match, 1, judge->cells[1], &is_late, err));
    return found(judge, DISCORD_MISMATCH, is_late, true, true, err);
}

/* -1: only the left side has the key in hand, 1: only the right one, 0: both. */
static int
who_is_first(const struct group *left, const struct group *right)
{
    if (left->n == 0 || right->n == 0) {
        return left->n == 0 ? 1 : -1;
    }
    if (left->key.high != right->key.high) {
        return left->key.high < right->key.high ? -1 : 1;
    }
    return left->key.low == right->key.low ? 0 : left->key.low < right->key.low ? -1 : 1;
}

static enum status
judge_key(struct judge *judge, bool has_left, bool has_right, struct err *err)
{
    const struct match *match = judge->match;
    bool has[2] = {has_left, has_right};
    bool is_double = false;
    for (size_t i = 0; i < 2; i++) {
        if (has[i]) {
            TRY(need_one_row(match, &judge->sides[i], i, err));
            TRY(cut(match, buf_view(&judge->sides[i].first), judge->cells[i], err));
            is_double = is_double || judge->sides[i].n > 1;
        }
    }
    if (is_double) {
        return found(judge, DISCORD_DUPLICATE, false, has_left, has_right, err);
    }
    if (has_left && has_right) {
        return judge_pair(judge, err);
    }
    bool is_late = false;
    TRY(add_youth(match, has_left ? 0 : 1, judge->cells[has_left ? 0 : 1], &is_late, err));
    return found(judge, has_left ? DISCORD_MISSING : DISCORD_EXTRA, is_late, has_left, has_right, err);
}

static enum status
judge_all(struct judge *judge, struct err *err)
{
    const struct match *match = judge->match;
    struct group *left = &judge->sides[0];
    struct group *right = &judge->sides[1];
    TRY(group_open(left, &judge->match->spools[0], err));
    TRY(group_open(right, &judge->match->spools[1], err));
    if (match->is_one_row) {
        TRY(need_one_row(match, left, 0, err));
        TRY(need_one_row(match, right, 1, err));
    }
    while (left->n > 0 || right->n > 0) {
        int first = who_is_first(left, right);
        TRY(stop_check(err));
        TRY(judge_key(judge, first <= 0, first >= 0, err));
        if (first <= 0) {
            TRY(group_next(left, err));
        }
        if (first >= 0) {
            TRY(group_next(right, err));
        }
    }
    return STATUS_OK;
}

enum status
match_judge(struct match *match, struct result *out, struct err *err)
{
    CLEANUP(judge_release) struct judge judge = {.match = match, .result = out};
    judge.cells[0] = arena_new_array(&judge.scratch, struct span, match->plans[0].n + 1);
    judge.cells[1] = arena_new_array(&judge.scratch, struct span, match->plans[0].n + 1);
    judge.differs = arena_new_array(&judge.scratch, bool, match->n_compare + 1);
    return judge_all(&judge, err);
}

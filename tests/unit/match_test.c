#include "harness.h"
#include "recon/match.h"

#include <stdio.h>
#include <string.h>

/* Rows of a key and a text, as rows_read would hand them over. */
enum { COLUMNS = 2 };

static void
put_text(struct buf *out, const char *text)
{
    char head[2] = {CANON_TEXT, (char)(text == NULL ? 0 : strlen(text))};
    if (text == NULL) {
        buf_add(out, "", 1);
    } else {
        buf_add(out, head, sizeof(head));
        buf_str(out, text);
    }
}

static void
add_row(struct match *match, size_t side, const char *key, const char *text)
{
    BUF_SCOPED row = BUF_INIT(BUF_TEXT_MAX);
    struct err err = {0};
    buf_char(&row, CANON_VERSION);
    put_text(&row, key);
    struct hash128 hash = hash128(buf_view(&row));
    put_text(&row, text);
    CHECK_OK(spool_add(&match->spools[side], hash, buf_view(&row), &err));
}

static struct check check = {
    .name = "c", .file = "c.sql", .about = "", .kind = CHECK_MATCH, .n_sides = 2, .truth = -1};
static const char *names[] = {"id", "note"};
static const struct column_rule *rules[] = {NULL, NULL};

static void
begin(struct match *match, size_t memory)
{
    *match = (struct match){.check = &check, .names = names, .rules = rules, .n_key = 1, .n_compare = 1};
    match->plans[0].n = match->plans[1].n = COLUMNS;
    match->plans[0].n_key = match->plans[1].n_key = 1;
    spool_init(&match->spools[0], test_dir(), memory);
    spool_init(&match->spools[1], test_dir(), memory);
}

static void
judge(struct match *match, struct result *result)
{
    struct err err = {0};
    CHECK_OK(spool_seal(&match->spools[0], &err));
    CHECK_OK(spool_seal(&match->spools[1], &err));
    CHECK_OK(match_judge(match, result, &err));
    match_release(match);
}

TEST(match, every_outcome_is_told_from_the_others)
{
    struct match match;
    struct result result;
    begin(&match, 0);
    result_init(&result, "c", "match");
    match.shows_values = true;
    add_row(&match, 0, "same", "x");
    add_row(&match, 1, "same", "x");
    add_row(&match, 0, "left", "x");
    add_row(&match, 1, "right", "x");
    add_row(&match, 0, "other", "x");
    add_row(&match, 1, "other", "y");
    add_row(&match, 0, "null", NULL);
    add_row(&match, 1, "null", "");
    add_row(&match, 0, "twice", "x");
    add_row(&match, 1, "twice", "x");
    add_row(&match, 1, "twice", "x");
    add_row(&match, 0, "twice on one side", "x");
    add_row(&match, 0, "twice on one side", "y");
    judge(&match, &result);
    result_settle(&result);
    CHECK_INT(result.matched, 1);
    CHECK_INT(result.outcomes[DISCORD_MISSING], 1);
    CHECK_INT(result.outcomes[DISCORD_EXTRA], 1);
    CHECK_INT(result.outcomes[DISCORD_MISMATCH], 2);
    CHECK_INT(result.outcomes[DISCORD_DUPLICATE], 2);
    CHECK_INT(result.n_samples, 6);
    CHECK_INT(result.samples[0].outcome, DISCORD_MISSING);
    CHECK_STR(result.samples[0].key.values[0].text, "left");
    CHECK_INT(result.samples[0].sides[1].n, 0);
    CHECK_INT(result.samples[2].outcome, DISCORD_MISMATCH);
    CHECK_STR(result.samples[2].columns[0], "note");
    result_release(&result);
}

static uint64_t
next_number(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    return z ^ z >> 27;
}

/* What was put in is found, all of it and nothing else, in memory or through files. */
TEST(match, what_is_found_is_what_was_put_in)
{
    uint64_t seed = test_seed();
    for (int round = 0; round < 300; round++) {
        struct match match;
        struct result result;
        uint64_t want[5] = {0};
        begin(&match, round % 3 == 0 ? 0 : 200 + next_number(&seed) % 5000);
        result_init(&result, "c", "match");
        size_t n = (size_t)(next_number(&seed) % 400);
        for (size_t i = 0; i < n; i++) {
            char key[32];
            char text[32];
            size_t fate = (size_t)(next_number(&seed) % 12);
            snprintf(key, sizeof(key), "%zu", i);
            snprintf(text, sizeof(text), "value %zu", i * 7);
            if (fate != 1) {
                add_row(&match, 0, key, text);
            }
            if (fate != 0) {
                add_row(&match, 1, key, fate == 2 ? "another" : text);
            }
            if (fate == 3) {
                add_row(&match, next_number(&seed) % 2, key, text);
            }
            want[fate < 4 ? fate : 4]++;
        }
        judge(&match, &result);
        CHECK_INT(result.outcomes[DISCORD_MISSING], want[0]);
        CHECK_INT(result.outcomes[DISCORD_EXTRA], want[1]);
        CHECK_INT(result.outcomes[DISCORD_MISMATCH], want[2]);
        CHECK_INT(result.outcomes[DISCORD_DUPLICATE], want[3]);
        CHECK_INT(result.matched, want[4]);
        result_release(&result);
    }
}

TEST(match, a_finding_that_was_there_before_is_known_again)
{
    struct match match;
    struct result first;
    struct result second;
    begin(&match, 0);
    result_init(&first, "c", "match");
    add_row(&match, 0, "a", "x");
    add_row(&match, 0, "b", "x");
    judge(&match, &first);
    finding_ids_sort(&first.ids);
    CHECK_INT(first.ids.n, 2);
    begin(&match, 0);
    match.before = &first.ids;
    result_init(&second, "c", "match");
    add_row(&match, 0, "a", "x");
    add_row(&match, 0, "b", "x");
    add_row(&match, 1, "b", "y");
    add_row(&match, 0, "c", "x");
    judge(&match, &second);
    CHECK_INT(second.preexisting, 1); /* b differs now, which it did not */
    CHECK_INT(result_findings(&second), 3);
    CHECK(!result_is_ok(&second));
    result_release(&first);
    result_release(&second);
}

TEST(match, what_was_not_there_at_the_last_look_is_late)
{
    struct match match;
    struct result first;
    struct result second;
    begin(&match, 0);
    result_init(&first, "c", "match");
    add_row(&match, 0, "a", "x");
    judge(&match, &first);
    finding_ids_sort(&first.ids);
    begin(&match, 0);
    result_init(&second, "c", "match");
    second.seen = &first.ids;
    add_row(&match, 0, "a", "x");
    add_row(&match, 0, "b", "x");
    judge(&match, &second);
    CHECK_INT(second.outcomes[DISCORD_MISSING], 1);
    CHECK_INT(second.late, 1);
    result_release(&first);
    result_release(&second);
}

TEST(match, ids_hold_the_check_the_outcome_and_the_key)
{
    struct hash128 id = finding_id("c", DISCORD_MISSING, SPAN("k"));
    CHECK(hash128_eq(id, finding_id("c", DISCORD_MISSING, SPAN("k"))));
    CHECK(!hash128_eq(id, finding_id("d", DISCORD_MISSING, SPAN("k"))));
    CHECK(!hash128_eq(id, finding_id("c", DISCORD_EXTRA, SPAN("k"))));
    CHECK(!hash128_eq(id, finding_id("c", DISCORD_MISSING, SPAN("l"))));
}

TEST(match, new_findings_are_shown_before_old_ones)
{
    struct result result;
    struct finding_ids before = {0};
    result_init(&result, "c", "match");
    result.max_samples = 3;
    for (uint64_t i = 0; i < 10; i++) {
        struct hash128 id = {i, 0};
        bool is_late = false;
        if (i < 5) {
            vec_push(test_arena(), &before, id);
        }
        (void)result_add(&result, DISCORD_MISSING, 1, &is_late, id, &before);
    }
    CHECK_INT(result.preexisting, 5);
    CHECK_INT(result.n_samples, 3);
    for (size_t i = 0; i < 3; i++) {
        CHECK(!result.samples[i].was_before);
    }
    result_release(&result);
}

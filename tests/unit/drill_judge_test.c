/* What the states before the up, after it, after the down and after the second up say about the down. */
#include "harness.h"
#include "migrate/drill_work.h"

static void
add_object(struct drill_state *state, enum object_kind kind, const char *name, const char *text,
           unsigned position)
{
    struct object object = {
        .kind = kind, .name = name, .table = "t", .text = text, .stored = "", .position = position};
    catalog_add(&state->catalog, &object);
}

/* A state with one column a letter, in that order. */
static void
make_state(struct trial *trial, enum trial_moment moment, const char *columns)
{
    struct drill_state *state = &trial->state[moment];
    catalog_init(&state->catalog);
    add_object(state, OBJECT_TABLE, "t", "table", 0);
    for (unsigned i = 0; columns[i] != '\0'; i++) {
        add_object(state, OBJECT_COLUMN, arena_printf(test_arena(), "t.%c", columns[i]), "integer", i + 1);
    }
    catalog_seal(&state->catalog);
    trial->has_state[moment] = true;
}

static void
make_rows(struct trial *trial, enum trial_moment moment, uint64_t rows, uint64_t sum)
{
    static const char *columns[] = {"a"};
    struct table_digest digest = {
        .table = "t", .columns = columns, .n_columns = 1, .rows = rows, .sum = {.low = sum, .high = 0}};
    struct row_digests *digests = &trial->state[moment].rows;
    digests->n = digests->cap = 0;
    vec_push(test_arena(), digests, digest);
}

/* Columns before, after up, after down, after the second up; NULL: there was no such moment. */
static struct trial *
make_trial(const char *before, const char *up, const char *down, const char *reup)
{
    struct trial *trial = arena_new(test_arena(), struct trial);
    const char *const columns[] = {before, up, down, reup};
    for (unsigned i = 0; i < TRIAL_MOMENTS; i++) {
        if (columns[i] != NULL) {
            make_state(trial, (enum trial_moment)i, columns[i]);
        }
    }
    trial->up = (struct drill_outcome){.is_present = true, .n_statements = 1, .ran = true};
    trial->down = (struct drill_outcome){.is_present = true, .n_statements = down != NULL, .ran = true};
    trial->reup = (struct drill_outcome){.is_present = true, .n_statements = 1, .ran = reup != NULL};
    return trial;
}

static struct drill_step
judge(struct trial *trial)
{
    struct drill drill = {.arena = test_arena()};
    struct drill_step step = {0};
    trial_judge(&drill, trial, &step);
    trial_release(trial);
    return step;
}

TEST(drill_judge, same_schema_is_exact)
{
    struct drill_step step = judge(make_trial("a", "ab", "a", "ab"));
    CHECK_INT(step.verdict, DRILL_EXACT);
    CHECK_INT(step.n_residue, 0);
    CHECK_INT(step.reup, DRILL_REUP_OK);
    CHECK_INT(step.rows, DRILL_ROWS_NOT_CHECKED);
}

TEST(drill_judge, column_that_comes_back_elsewhere_is_column_order)
{
    struct drill_step step = judge(make_trial("ab", "b", "ba", "b"));
    CHECK_INT(step.verdict, DRILL_COLUMN_ORDER);
    CHECK(drill_restores(step.verdict));
}

TEST(drill_judge, what_stays_is_different_and_named)
{
    struct drill_step step = judge(make_trial("a", "abc", "ac", "abc"));
    CHECK_INT(step.verdict, DRILL_DIFFERENT);
    CHECK_INT(step.n_residue, 1);
    CHECK_STR(step.residue[0].name, "t.c");
    CHECK_INT(step.residue[0].change, CHANGE_ADDED);
}

TEST(drill_judge, empty_down_is_exact_only_after_an_up_that_changed_nothing)
{
    CHECK_INT(judge(make_trial("a", "a", NULL, "a")).verdict, DRILL_EXACT);
    struct drill_step step = judge(make_trial("a", "ab", NULL, "ab"));
    CHECK_INT(step.verdict, DRILL_EMPTY);
    CHECK_INT(step.n_residue, 1);
}

TEST(drill_judge, empty_down_after_an_up_that_wrote_rows_is_empty)
{
    struct trial *trial = make_trial("a", "a", NULL, "a");
    make_rows(trial, TRIAL_UP, 2, 7);
    struct drill_step step = judge(trial);
    CHECK_INT(step.verdict, DRILL_EMPTY);
    CHECK_INT(step.rows, DRILL_ROWS_DIFFERENT);
    CHECK_STR(step.row_tables[0], "t");
}

TEST(drill_judge, missing_down_is_missing_and_not_tried_again)
{
    struct trial *trial = make_trial("a", "ab", NULL, NULL);
    trial->down = (struct drill_outcome){.ran = true};
    struct drill_step step = judge(trial);
    CHECK_INT(step.verdict, DRILL_MISSING);
    CHECK_INT(step.reup, DRILL_REUP_NOT_TRIED);
}

TEST(drill_judge, down_that_fails_half_way_is_partial)
{
    struct trial *trial = make_trial("a", "abc", "ab", NULL);
    trial->down.ran = false;
    trial->down.error = "x.sql:1:1: no";
    trial->down.stopped = "statement 2 of x.sql";
    struct drill_step step = judge(trial);
    CHECK_INT(step.verdict, DRILL_FAILS);
    CHECK_STR(step.partial, "statement 2 of x.sql");
    CHECK_STR(step.error, "x.sql:1:1: no");
}

TEST(drill_judge, down_that_fails_and_is_taken_back_is_not_partial)
{
    struct trial *trial = make_trial("a", "abc", "abc", NULL);
    trial->down.ran = false;
    trial->down.error = "x.sql:1:1: no";
    trial->down.stopped = "statement 2 of x.sql";
    struct drill_step step = judge(trial);
    CHECK_INT(step.verdict, DRILL_FAILS);
    CHECK(step.partial == NULL);
}

TEST(drill_judge, failing_up_is_not_blamed_on_the_down)
{
    struct trial *trial = make_trial("a", "a", NULL, NULL);
    trial->up.ran = false;
    trial->up.error = "no such table";
    CHECK_INT(judge(trial).verdict, DRILL_UP_FAILS);
}

TEST(drill_judge, second_up_that_fails_or_differs_is_told)
{
    struct trial *trial = make_trial("a", "ab", "ab", "ab");
    trial->reup.ran = false;
    trial->reup.error = "b is there already";
    struct drill_step step = judge(trial);
    CHECK_INT(step.reup, DRILL_REUP_FAIL);
    CHECK_STR(step.error, "b is there already");
    CHECK_INT(judge(make_trial("a", "ab", "a", "a")).reup, DRILL_REUP_DIFFERS);
}

TEST(drill_judge, rows_are_compared_where_there_are_any)
{
    struct trial *trial = make_trial("a", "ab", "a", "ab");
    make_rows(trial, TRIAL_BEFORE, 2, 7);
    make_rows(trial, TRIAL_UP, 2, 9);
    make_rows(trial, TRIAL_DOWN, 2, 7);
    CHECK_INT(judge(trial).rows, DRILL_ROWS_SAME);
    trial = make_trial("a", "ab", "a", "ab");
    make_rows(trial, TRIAL_BEFORE, 2, 7);
    make_rows(trial, TRIAL_DOWN, 2, 8);
    CHECK_INT(judge(trial).rows, DRILL_ROWS_DIFFERENT);
}

TEST(drill_judge, digits_alone_make_an_object_suspect_of_being_volatile)
{
    struct drill_state a = {0};
    struct drill_state b = {0};
    struct drill_excuses suspects = {0};
    catalog_init(&a.catalog);
    catalog_init(&b.catalog);
    add_object(&a, OBJECT_VIEW, "v", "select '2024-01-01 10:00'", 0);
    add_object(&b, OBJECT_VIEW, "v", "select '2024-01-02 9:30'", 0);
    add_object(&a, OBJECT_VIEW, "w", "select 1 as a", 0);
    add_object(&b, OBJECT_VIEW, "w", "select 1 as b", 0);
    catalog_seal(&a.catalog);
    catalog_seal(&b.catalog);
    drill_find_volatile(&a.catalog, &b.catalog, test_arena(), &suspects);
    CHECK_INT(suspects.n, 1);
    CHECK_STR(suspects.items[0], "v");
    drill_confirm_volatile(&suspects, &b.catalog, &b.catalog, test_arena());
    CHECK_INT(suspects.n, 0);
    drill_state_release(&a);
    drill_state_release(&b);
}

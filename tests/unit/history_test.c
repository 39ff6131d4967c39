#include "harness.h"

#include "migrate/history.h"

#define UP_A "aa"
#define UP_B "bb"

static struct migration
migration(const char *id, const char *version, const char *up)
{
    struct migration migration = {.id = id, .version = version, .name = id};
    migration.parts[PART_UP].is_present = true;
    migration.parts[PART_UP].sha256 = up;
    return migration;
}

static struct applied
applied(int64_t seq, const char *id, const char *version, const char *up)
{
    return (struct applied){
        .seq = seq, .id = id, .version = version, .name = id, .class = "", .sha256 = {up, "", "", ""}};
}

static struct history
join(struct migration *files, size_t n_files, struct applied *set, size_t n_set)
{
    struct history history;
    struct migrations migrations = {.items = files, .n = n_files};
    struct applied_list list = {.items = set, .n = n_set};
    history_join(&migrations, &list, test_arena(), &history);
    return history;
}

TEST(history, a_file_that_is_not_in_the_set_is_pending)
{
    struct migration files[] = {migration("1_a", "1", UP_A), migration("2_b", "2", UP_B)};
    struct applied set[] = {applied(1, "1_a", "1", UP_A)};
    struct history history = join(files, 2, set, 1);
    CHECK_INT(history.n_applied, 1);
    CHECK_INT(history.n_pending, 1);
    CHECK(history_is_pending(&history.items[1]));
    CHECK(!history.items[1].is_out_of_order);
    CHECK_STR(history.current->id, "1_a");
}

TEST(history, a_pending_file_before_an_applied_one_is_out_of_order)
{
    struct migration files[] = {migration("1_a", "1", UP_A), migration("2_b", "2", UP_B)};
    struct applied set[] = {applied(1, "2_b", "2", UP_B)};
    struct history history = join(files, 2, set, 1);
    CHECK(history.items[0].is_out_of_order);
}

TEST(history, identity_is_the_whole_name_not_the_number)
{
    struct migration files[] = {migration("1_a", "1", UP_A), migration("1_b", "1", UP_B)};
    struct applied set[] = {applied(1, "1_b", "1", UP_B)};
    struct history history = join(files, 2, set, 1);
    CHECK(history.items[0].applied == NULL);
    CHECK(history.items[1].applied != NULL);
}

TEST(history, an_edited_up_is_noticed)
{
    struct migration files[] = {migration("1_a", "1", UP_B)};
    struct applied set[] = {applied(1, "1_a", "1", UP_A)};
    struct history history = join(files, 1, set, 1);
    CHECK(history.items[0].is_edited);
    CHECK_INT(history.n_edited, 1);
    CHECK_INT(history.n_pending, 0);
}

TEST(history, a_repeatable_whose_text_changed_is_pending_again)
{
    struct migration files[] = {migration("R__views", "", UP_B)};
    files[0].is_repeatable = true;
    struct applied set[] = {applied(1, "R__views", "", UP_A)};
    struct history history = join(files, 1, set, 1);
    CHECK(history_is_pending(&history.items[0]));
    CHECK(!history.items[0].is_edited);
}

TEST(history, an_applied_migration_without_its_file_stays_in_the_history)
{
    struct applied set[] = {applied(1, "1_a", "1", UP_A)};
    struct history history = join(NULL, 0, set, 1);
    CHECK_INT(history.n, 1);
    CHECK(history.items[0].migration == NULL);
    CHECK_STR(history.current->id, "1_a");
}

TEST(history, a_version_is_found_whatever_its_width)
{
    struct err err;
    const struct history_entry *found = NULL;
    struct migration files[] = {migration("0007_a", "0007", UP_A)};
    struct history history = join(files, 1, NULL, 0);
    CHECK_OK(history_find(&history, "7", &found, &err));
    CHECK_STR(found->id, "0007_a");
}

TEST(history, a_version_that_stands_for_two_is_refused)
{
    struct err err;
    const struct history_entry *found = NULL;
    struct migration files[] = {migration("1_a", "1", UP_A), migration("1_b", "1", UP_B)};
    struct history history = join(files, 2, NULL, 0);
    CHECK(history_find(&history, "1", &found, &err) == STATUS_USAGE);
    CHECK_OK(history_find(&history, "1_b", &found, &err));
    CHECK_STR(found->id, "1_b");
}

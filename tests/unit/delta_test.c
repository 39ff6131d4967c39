#include "harness.h"

#include "journal/delta.h"

#include <string.h>

static struct object
column(const char *name, const char *text, unsigned position)
{
    return (struct object){
        .kind = OBJECT_COLUMN, .name = name, .table = "t", .text = text, .stored = "", .position = position};
}

static void
fill(struct catalog *catalog, const struct object *objects, size_t n)
{
    catalog_init(catalog);
    for (size_t i = 0; i < n; i++) {
        catalog_add(catalog, &objects[i]);
    }
    catalog_seal(catalog);
}

/* Folds the delta of a -> b onto a, and takes it back out. */
static void
check_there_and_back(const struct object *a, size_t n_a, const struct object *b, size_t n_b)
{
    struct err err;
    struct catalog before;
    struct catalog after;
    struct catalog there;
    struct catalog back;
    struct schema_state state;
    BUF_SCOPED delta = BUF_INIT(BUF_TEXT_MAX);
    fill(&before, a, n_a);
    fill(&after, b, n_b);
    catalog_init(&there);
    catalog_init(&back);
    struct object_changes changes;
    object_changes_between(&before, &after, test_arena(), &changes);
    delta_encode(&changes, &delta);
    schema_state_init(&state, test_arena());
    schema_state_add(&state, &before);
    CHECK_OK(schema_state_apply(&state, buf_view(&delta), &err));
    schema_state_catalog(&state, &there);
    CHECK(hash128_eq(there.fingerprint, after.fingerprint));
    CHECK_OK(schema_state_revert(&state, buf_view(&delta), &err));
    schema_state_catalog(&state, &back);
    CHECK(hash128_eq(back.fingerprint, before.fingerprint));
    catalog_apply(&before, &changes);
    CHECK(hash128_eq(before.fingerprint, after.fingerprint));
    CHECK_INT(before.n, after.n);
    for (size_t i = 0; i < before.n && i < after.n; i++) {
        CHECK_STR(before.objects[i].name, after.objects[i].name);
    }
    catalog_release(&before);
    catalog_release(&after);
    catalog_release(&there);
    catalog_release(&back);
}

TEST(delta, an_added_column_goes_there_and_back)
{
    struct object before[] = {column("t.a", "integer", 1)};
    struct object after[] = {column("t.a", "integer", 1), column("t.b", "text", 2)};
    check_there_and_back(before, 1, after, 2);
}

TEST(delta, a_changed_and_a_removed_column_go_there_and_back)
{
    struct object before[] = {column("t.a", "integer", 1), column("t.b", "text", 2)};
    struct object after[] = {column("t.a", "bigint not null", 1)};
    check_there_and_back(before, 2, after, 1);
}

TEST(delta, a_mere_shift_of_position_is_kept)
{
    struct object before[] = {column("t.a", "integer", 1), column("t.b", "text", 2)};
    struct object after[] = {column("t.b", "text", 1)};
    check_there_and_back(before, 2, after, 1);
}

TEST(delta, from_nothing_is_every_object)
{
    struct err err;
    struct object objects[] = {column("t.a", "integer", 1), column("t.b", "text", 2)};
    struct catalog catalog;
    struct catalog copy;
    struct schema_state state;
    BUF_SCOPED delta = BUF_INIT(BUF_TEXT_MAX);
    fill(&catalog, objects, 2);
    struct object_changes changes;
    object_changes_between(NULL, &catalog, test_arena(), &changes);
    delta_encode(&changes, &delta);
    schema_state_init(&state, test_arena());
    CHECK_OK(schema_state_apply(&state, buf_view(&delta), &err));
    catalog_init(&copy);
    schema_state_catalog(&state, &copy);
    CHECK_INT(copy.n, 2);
    CHECK(hash128_eq(copy.fingerprint, catalog.fingerprint));
    catalog_release(&catalog);
    catalog_release(&copy);
}

TEST(delta, every_truncation_is_refused_or_a_shorter_delta)
{
    struct err err;
    struct object objects[] = {column("t.a", "integer", 1), column("t.b", "text", 2)};
    struct catalog catalog;
    BUF_SCOPED delta = BUF_INIT(BUF_TEXT_MAX);
    size_t refused = 0;
    fill(&catalog, objects, 2);
    struct object_changes changes;
    object_changes_between(NULL, &catalog, test_arena(), &changes);
    delta_encode(&changes, &delta);
    for (size_t len = 0; len < delta.len; len++) {
        struct schema_state state;
        schema_state_init(&state, test_arena());
        enum status status = schema_state_apply(&state, (struct span){delta.data, len}, &err);
        CHECK(status == STATUS_OK || status == STATUS_CORRUPT);
        refused += status == STATUS_CORRUPT;
    }
    CHECK_INT(refused, delta.len - 2); /* nothing at all, and the end of the first object, are whole deltas */
    catalog_release(&catalog);
}

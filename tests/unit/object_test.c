#include "harness.h"
#include "schema/object.h"
#include "schema/table.h"

#include <string.h>

static void release(struct catalog (*catalogs)[2])
{
    catalog_release(&(*catalogs)[0]);
    catalog_release(&(*catalogs)[1]);
}

/* before, after */
#define TWO_CATALOGS CLEANUP(release) struct catalog c[2] = {0}

static void
add(struct catalog *catalog, enum object_kind kind, const char *table, const char *name, const char *text)
{
    struct object object = {.kind = kind, .name = name, .table = table, .text = text};
    catalog_add(catalog, &object);
}

/* Columns of table t, each a letter, in that order. */
static void
add_columns(struct catalog *catalog, const char *table, const char *letters)
{
    for (unsigned i = 0; letters[i] != '\0'; i++) {
        char name[16] = {table[0], '.', letters[i], '\0'};
        struct object object = {
            .kind = OBJECT_COLUMN, .name = name, .table = table, .text = "integer", .position = i + 1};
        catalog_add(catalog, &object);
    }
}

static void
add_generated(struct catalog *catalog, const char *table, const char *name, const char *text)
{
    struct object object = {
        .kind = OBJECT_CONSTRAINT, .name = name, .table = table, .text = text, .is_name_generated = true};
    catalog_add(catalog, &object);
}

static struct catalog_diff
diff_of(struct catalog *c)
{
    struct catalog_diff diff;
    catalog_seal(&c[0]);
    catalog_seal(&c[1]);
    catalog_diff(&c[0], &c[1], test_arena(), &diff);
    return diff;
}

/* "+kind name", "-kind name", "~class before>after", space-separated: one text to compare with. */
static const char *
described(const struct catalog_diff *diff)
{
    static const char *const classes[] = {"none", "text", "order", "meaning"};
    char *text = arena_strdup(test_arena(), "");
    for (size_t i = 0; i < diff->n; i++) {
        const struct change *change = &diff->changes[i];
        const char *blank = i == 0 ? "" : " ";
        switch (change->kind) {
        case CHANGE_ADDED:
            text = arena_printf(test_arena(), "%s%s+%s", text, blank, change->after->name);
            break;
        case CHANGE_REMOVED:
            text = arena_printf(test_arena(), "%s%s-%s", text, blank, change->before->name);
            break;
        case CHANGE_CHANGED:
            text = arena_printf(test_arena(), "%s%s~%s:%s>%s", text, blank, classes[change->class],
                                change->before->name, change->after->name);
            break;
        }
    }
    return text;
}

TEST(object, kind_names_read_back)
{
    for (unsigned i = 0; i < OBJECT_KIND_COUNT; i++) {
        enum object_kind kind = OBJECT_OTHER;
        CHECK(object_kind_from_name(object_kind_name((enum object_kind)i), &kind) && kind == i);
    }
    enum object_kind kind = OBJECT_OTHER;
    CHECK(!object_kind_from_name("nothing", &kind));
}

TEST(catalog, is_sorted_searchable_and_owns_its_strings)
{
    TWO_CATALOGS;
    char name[] = "zebra";
    add(&c[0], OBJECT_TABLE, name, name, "table");
    strcpy(name, "apple");
    add(&c[0], OBJECT_VIEW, "", name, "view");
    add(&c[0], OBJECT_TABLE, name, name, "table");
    catalog_seal(&c[0]);
    CHECK_STR(c[0].objects[0].name, "apple");
    CHECK(c[0].objects[0].kind == OBJECT_TABLE);
    CHECK_STR(c[0].objects[1].name, "zebra");
    CHECK(catalog_find(&c[0], OBJECT_VIEW, "apple") == &c[0].objects[2]);
    CHECK(catalog_find(&c[0], OBJECT_VIEW, "zebra") == NULL);
    CHECK(catalog_find(&c[1], OBJECT_VIEW, "zebra") == NULL);
}

TEST(catalog, fingerprint_depends_on_every_field_but_not_on_order)
{
    const struct object base = {
        .kind = OBJECT_COLUMN, .name = "n", .table = "t", .text = "x", .stored = "s", .position = 1};
    struct object other[6] = {base, base, base, base, base, base};
    other[0].kind = OBJECT_TABLE;
    other[1].name = "m";
    other[2].table = "u";
    other[3].text = "y";
    other[4].stored = "";
    other[5].position = 2;
    for (size_t i = 0; i < 6; i++) {
        CHECK(!hash128_eq(object_hash(&base), object_hash(&other[i])));
    }
    TWO_CATALOGS;
    for (size_t i = 0; i < 6; i++) {
        catalog_add(&c[0], &other[i]);
        catalog_add(&c[1], &other[5 - i]);
    }
    catalog_seal(&c[0]);
    catalog_seal(&c[1]);
    CHECK(hash128_eq(c[0].fingerprint, c[1].fingerprint));
    struct hash128 without = hash128_sub(c[0].fingerprint, object_hash(&other[3]));
    CHECK(hash128_eq(hash128_add(without, object_hash(&other[3])), c[1].fingerprint));
}

/* The registry keeps fingerprints: they must not change from build to build. */
TEST(catalog, fingerprint_is_the_same_everywhere)
{
    char hex[HASH128_HEX_LEN + 1];
    const struct object object = {.kind = OBJECT_COLUMN,
                                  .name = "public.t.c",
                                  .table = "public.t",
                                  .text = "integer",
                                  .stored = "",
                                  .position = 3};
    hash128_hex(object_hash(&object), hex);
    CHECK_STR(hex, "72efd240c5bc2a243fd55c1deb135435");
}

TEST(diff, equal_catalogues_have_none)
{
    TWO_CATALOGS;
    for (int i = 0; i < 2; i++) {
        add_columns(&c[i], "t", "abc");
        add(&c[i], OBJECT_VIEW, "", "v", "select 1");
    }
    struct catalog_diff diff = diff_of(c);
    CHECK_INT(diff.n, 0);
    CHECK(diff.class == CHANGE_CLASS_NONE);
}

TEST(diff, added_removed_and_changed_in_order_of_kind_and_name)
{
    TWO_CATALOGS;
    add(&c[0], OBJECT_VIEW, "", "a", "1");
    add(&c[0], OBJECT_TABLE, "z", "z", "t");
    add(&c[0], OBJECT_INDEX, "z", "i", "(a)");
    add(&c[1], OBJECT_INDEX, "z", "i", "(b)");
    add(&c[1], OBJECT_VIEW, "", "b", "1");
    struct catalog_diff diff = diff_of(c);
    CHECK_STR(described(&diff), "-z ~meaning:i>i -a +b");
    CHECK(diff.class == CHANGE_CLASS_MEANING);
}

TEST(diff, stored_text_alone_is_of_class_text)
{
    TWO_CATALOGS;
    struct object function = {.kind = OBJECT_FUNCTION, .name = "f", .table = "", .text = "x", .stored = "a"};
    catalog_add(&c[0], &function);
    function.stored = "b";
    catalog_add(&c[1], &function);
    struct catalog_diff diff = diff_of(c);
    CHECK_STR(described(&diff), "~text:f>f");
    CHECK(diff.class == CHANGE_CLASS_TEXT);
}

TEST(diff, column_order_names_the_fewest_that_moved)
{
    static const struct {
        const char *before;
        const char *after;
        const char *diff;
        enum change_class class;
    } cases[] = {
        {"abc", "acb", "~order:t.b>t.b", CHANGE_CLASS_COLUMN_ORDER},
        {"abcd", "bcda", "~order:t.a>t.a", CHANGE_CLASS_COLUMN_ORDER},
        {"abcd", "dabc", "~order:t.d>t.d", CHANGE_CLASS_COLUMN_ORDER},
        {"abcdef", "acdefb", "~order:t.b>t.b", CHANGE_CLASS_COLUMN_ORDER},
        /* Shifts by added or removed columns are no moves. */
        {"abc", "ac", "-t.b", CHANGE_CLASS_MEANING},
        {"ac", "abc", "+t.b", CHANGE_CLASS_MEANING},
        {"abc", "xbc", "-t.a +t.x", CHANGE_CLASS_MEANING},
        {"abc", "cxb", "-t.a ~order:t.b>t.b +t.x", CHANGE_CLASS_MEANING},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        TWO_CATALOGS;
        add_columns(&c[0], "t", cases[i].before);
        add_columns(&c[1], "t", cases[i].after);
        struct catalog_diff diff = diff_of(c);
        CHECK_STR(described(&diff), cases[i].diff);
        CHECK(diff.class == cases[i].class);
    }
}

TEST(diff, tables_are_judged_on_their_own)
{
    TWO_CATALOGS;
    add_columns(&c[0], "t", "ab");
    add_columns(&c[0], "u", "ab");
    add_columns(&c[1], "u", "ba");
    add_columns(&c[1], "t", "ab");
    struct catalog_diff diff = diff_of(c);
    CHECK_STR(described(&diff), "~order:u.a>u.a");
}

TEST(diff, another_type_weighs_more_than_another_place)
{
    TWO_CATALOGS;
    add_columns(&c[0], "t", "ab");
    struct object b = {.kind = OBJECT_COLUMN, .name = "t.b", .table = "t", .text = "text", .position = 1};
    struct object a = {.kind = OBJECT_COLUMN, .name = "t.a", .table = "t", .text = "integer", .position = 2};
    catalog_add(&c[1], &b);
    catalog_add(&c[1], &a);
    struct catalog_diff diff = diff_of(c);
    CHECK_STR(described(&diff), "~order:t.a>t.a ~meaning:t.b>t.b");
}

TEST(diff, generated_names_are_paired_by_text)
{
    TWO_CATALOGS;
    add_generated(&c[0], "t", "t_check", "check (a > 0)");
    add_generated(&c[0], "t", "t_check1", "check (b > 0)");
    add_generated(&c[1], "t", "t_check2", "check (b > 0)");
    add_generated(&c[1], "t", "t_check3", "check (a > 0)");
    struct catalog_diff diff = diff_of(c);
    CHECK_STR(described(&diff), "~text:t_check1>t_check2 ~text:t_check>t_check3");
    CHECK(diff.class == CHANGE_CLASS_TEXT);
}

TEST(diff, equal_generated_constraints_pair_one_to_one)
{
    TWO_CATALOGS;
    add_generated(&c[0], "t", "x1", "check (a > 0)");
    add_generated(&c[0], "t", "x2", "check (a > 0)");
    add_generated(&c[1], "t", "x3", "check (a > 0)");
    struct catalog_diff diff = diff_of(c);
    CHECK_STR(described(&diff), "-x2 ~text:x1>x3");
    CHECK(diff.class == CHANGE_CLASS_MEANING);
}

TEST(diff, given_names_and_other_tables_are_not_paired)
{
    TWO_CATALOGS;
    add_generated(&c[0], "t", "t_check", "check (a > 0)");
    add_generated(&c[1], "u", "u_check", "check (a > 0)");
    add(&c[0], OBJECT_INDEX, "t", "i1", "(a)");
    add(&c[1], OBJECT_INDEX, "t", "i2", "(a)");
    struct catalog_diff diff = diff_of(c);
    CHECK_STR(described(&diff), "-t_check +u_check -i1 +i2");
}

TEST(diff, namesakes_pair_by_text_first)
{
    TWO_CATALOGS;
    add(&c[0], OBJECT_OTHER, "", "o", "cast a");
    add(&c[0], OBJECT_OTHER, "", "o", "cast b");
    add(&c[0], OBJECT_OTHER, "", "o", "cast d");
    add(&c[1], OBJECT_OTHER, "", "o", "cast b");
    add(&c[1], OBJECT_OTHER, "", "o", "cast c");
    struct catalog_diff diff = diff_of(c);
    CHECK_STR(described(&diff), "-o ~meaning:o>o");
}

static unsigned
draw(uint64_t *state, unsigned bound)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(*state >> 33) % bound;
}

/* Some of twelve columns in any order, some of twelve constraints under any name. */
static void
add_random(struct catalog *catalog, uint64_t *state)
{
    char letters[] = "abcdefghijkl";
    for (unsigned i = 11; i > 0; i--) {
        unsigned j = draw(state, i + 1);
        char c = letters[i];
        letters[i] = letters[j];
        letters[j] = c;
    }
    letters[6 + draw(state, 7)] = '\0';
    add_columns(catalog, "t", letters);
    for (unsigned i = 0; letters[i] != '\0'; i++) {
        char name[16] = {'t', '_', letters[i], '\0'};
        char text[2] = {(char)('u' + draw(state, 4)), '\0'};
        add_generated(catalog, "t", name, text);
    }
}

TEST(diff, turned_round_it_has_as_many_changes_and_the_same_class)
{
    uint64_t state = test_seed();
    for (int round = 0; round < 500; round++) {
        TWO_CATALOGS;
        struct catalog_diff back;
        add_random(&c[0], &state);
        add_random(&c[1], &state);
        struct catalog_diff there = diff_of(c);
        catalog_diff(&c[1], &c[0], test_arena(), &back);
        CHECK_INT(there.n, back.n);
        CHECK(there.class == back.class);
    }
}

TEST(table, keys_and_columns_are_found)
{
    struct column columns[] = {{.name = "id"}, {.name = "x"}};
    struct table_key keys[] = {{.name = "u"}, {.name = "p", .is_primary = true}};
    struct table table = {.columns = columns, .n_columns = 2, .keys = keys, .n_keys = 1};
    CHECK(table_primary_key(&table) == NULL);
    table.keys = &keys[1];
    CHECK(table_primary_key(&table) == &keys[1]);
    CHECK(table_column(&table, "x") == &columns[1]);
    CHECK(table_column(&table, "y") == NULL);
}

/* Foreign keys by the data: an anti-join in the server, streams of canonical values, and a count by hand
 * agree. */
#include "base/vec.h"
#include "contract/rig.h"
#include "recon/fk.h"

#include <inttypes.h>
#include <string.h>

enum { PARENTS = 12, CHILDREN = 60, VALUES = 5 };

/* A key of two columns; -1 is NULL. */
struct pair {
    int a;
    int b;
};

struct world {
    struct pair parents[PARENTS];
    struct pair children[CHILDREN];
    size_t n_parents;
};

static int
draw(uint64_t *state, int below)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int)((*state >> 33) % (uint64_t)below);
}

static const char *
literal(int value)
{
    return value < 0 ? "null" : arena_printf(test_arena(), "%d", value);
}

static bool
has_parent(const struct world *world, struct pair child)
{
    for (size_t i = 0; i < world->n_parents; i++) {
        if (world->parents[i].a == child.a && world->parents[i].b == child.b) {
            return true;
        }
    }
    return false;
}

static void
fill(struct rig *rig, struct world *world, uint64_t *state)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    world->n_parents = 0;
    for (size_t i = 0; i < PARENTS; i++) {
        struct pair pair = {draw(state, VALUES), draw(state, VALUES)};
        if (!has_parent(world, pair)) {
            world->parents[world->n_parents++] = pair;
            buf_printf(&sql, "%s(%d, 'v%d')", sql.len == 0 ? "insert into p values " : ", ", pair.a, pair.b);
        }
    }
    rig_do(rig, "delete from c", "delete from p", buf_cstr(&sql), NULL);
    buf_reset(&sql);
    for (size_t i = 0; i < CHILDREN; i++) {
        struct pair pair = {draw(state, VALUES + 2) - 1, draw(state, VALUES + 2) - 1};
        world->children[i] = pair;
        buf_printf(&sql, "%s(%zu, %s, %s)", i == 0 ? "insert into c values " : ", ", i, literal(pair.a),
                   pair.b < 0 ? "null" : arena_printf(test_arena(), "'v%d'", pair.b));
    }
    rig_do(rig, buf_cstr(&sql), NULL);
}

static void
expected(const struct world *world, bool is_full, int64_t *checked, int64_t *orphans)
{
    *checked = *orphans = 0;
    for (size_t i = 0; i < CHILDREN; i++) {
        struct pair child = world->children[i];
        int nulls = (child.a < 0) + (child.b < 0);
        bool counts = nulls == 0 || (nulls == 1 && is_full);
        *checked += counts;
        *orphans += counts && !has_parent(world, child);
    }
}

static int64_t
sampled_rows(const struct fk_result *result)
{
    int64_t sum = 0;
    for (size_t i = 0; i < result->n_sample; i++) {
        CHECK(result->sample[i].key != NULL);
        sum += result->sample[i].rows;
    }
    return sum;
}

static struct fk
key_of(struct rig *rig)
{
    struct err err = {0};
    struct fk_place child = {0};
    struct fk_place parent = {0};
    struct fk fk = {0};
    CHECK_OK(fk_place_parse("c(a, b)", NULL, test_arena(), &child, &err));
    CHECK_OK(fk_place_parse(" p ( a , b ) ", NULL, test_arena(), &parent, &err));
    CHECK_OK(fk_virtual("k", &child, rig->conn, &parent, rig->conn, test_arena(), &fk, &err));
    CHECK(fk.is_inside);
    return fk;
}

static void
make_tables(struct rig *rig)
{
    rig_do(rig, "create table p (a integer not null, b varchar(10) not null, primary key (a, b))",
           "create table c (id integer primary key, a integer, b varchar(10))", NULL);
}

PLAIN_CASE(fk, anti_join_streams_and_a_count_by_hand_agree)
{
    struct err err = {0};
    struct world world;
    uint64_t state = test_seed();
    static const struct fk_options options = {.show_values = true, .sample = 100};
    make_tables(rig);
    for (unsigned round = 0; round < 12; round++) {
        struct fk_result inside;
        struct fk_result streams;
        int64_t checked;
        int64_t orphans;
        fill(rig, &world, &state);
        CHECK_OK(conn_begin(rig->conn, TXN_READ, &err));
        struct fk fk = key_of(rig);
        fk.is_match_full = round % 2 == 1;
        expected(&world, fk.is_match_full, &checked, &orphans);
        CHECK_OK(fk_check_inside(&fk, &options, test_arena(), &inside, &err));
        CHECK_OK(fk_check_streams(&fk, &options, test_arena(), &streams, &err));
        CHECK_INT(inside.checked, checked);
        CHECK_INT(inside.orphans, orphans);
        CHECK_INT(streams.checked, checked);
        CHECK_INT(streams.orphans, orphans);
        CHECK_INT(inside.n_sample, streams.n_sample);
        CHECK_INT(sampled_rows(&inside), orphans);
        CHECK_INT(sampled_rows(&streams), orphans);
        conn_rollback(rig->conn);
    }
}

/* After a change only the keys it touched are looked at. */
PLAIN_CASE(fk, keys_that_changed_are_checked_alone)
{
    struct err err = {0};
    struct fk_result result;
    struct value keys[8];
    static const struct fk_options options = {.show_values = true, .sample = 5};
    make_tables(rig);
    rig_do(rig, "insert into p values (1, 'v1'), (2, 'v2')",
           "insert into c values (1, 1, 'v1'), (2, 2, 'v2'), (3, 2, 'v2'), (4, 9, 'v9'), (5, 8, 'v''8')",
           "delete from p where a = 2", NULL);
    struct fk fk = key_of(rig);
    keys[0] = value_int(test_arena(), 2); /* a parent lost it */
    keys[1] = value_text("v2");
    keys[2] = value_int(test_arena(), 1); /* still there */
    keys[3] = value_text("v1");
    keys[4] = value_int(test_arena(), 77); /* nobody has it */
    keys[5] = value_text("v77");
    keys[6] = value_int(test_arena(), 8); /* a child was given it */
    keys[7] = value_text("v'8");
    CHECK_OK(fk_check_keys(&fk, keys, 4, &options, test_arena(), &result, &err));
    CHECK_INT(result.checked, 4);
    CHECK_INT(result.orphans, 3);
    CHECK_INT(result.n_sample, 2);
    CHECK_OK(fk_check_keys(&fk, keys, 0, &options, test_arena(), &result, &err));
    CHECK_INT(result.checked, 0);
    CHECK_OK(fk_check_inside(&fk, &options, test_arena(), &result, &err));
    CHECK_INT(result.orphans, 4);
}

PLAIN_CASE(fk, more_keys_than_a_statement_takes_are_checked_in_parts)
{
    enum { N = 1203 };
    struct err err = {0};
    struct fk_result result;
    struct value *keys = arena_new_array(test_arena(), struct value, (size_t)2 * N);
    static const struct fk_options options = {.sample = 3};
    make_tables(rig);
    rig_do(rig, "insert into p values (7, 'v7')",
           "insert into c values (1, 7, 'v7'), (2, 600, 'v600'), (3, 1202, 'v1202')", NULL);
    struct fk fk = key_of(rig);
    for (size_t i = 0; i < N; i++) {
        keys[2 * i] = value_int(test_arena(), (int64_t)i);
        keys[2 * i + 1] = value_text(arena_printf(test_arena(), "v%zu", i));
    }
    CHECK_OK(fk_check_keys(&fk, keys, N, &options, test_arena(), &result, &err));
    CHECK_INT(result.checked, 3);
    CHECK_INT(result.orphans, 2);
    CHECK_INT(result.n_sample, 2);
    CHECK(result.sample[0].key == NULL);
}

TEST(fk, places_are_services_tables_and_columns)
{
    struct err err = {0};
    struct fk_place place;
    static const char *const services[] = {"orders", "order", NULL};
    CHECK_OK(fk_place_parse("orders.public.line(sku, lot)", services, test_arena(), &place, &err));
    CHECK_STR(place.service, "orders");
    CHECK_STR(place.table, "public.line");
    CHECK_INT(place.n, 2);
    CHECK_STR(place.columns[1], "lot");
    CHECK_OK(fk_place_parse("ordersx.line(sku)", services, test_arena(), &place, &err));
    CHECK_STR(place.service, "");
    CHECK_STR(place.table, "ordersx.line");
    static const char *const bad[] = {"", "line", "line()", "line(a,)", "(a)", "line(a", "orders.(a)"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CHECK(fk_place_parse(bad[i], services, test_arena(), &place, &err) == STATUS_USAGE);
    }
}

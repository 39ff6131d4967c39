/* How a URL becomes what libpq is told: transport, what is never shown, another database. */
#include "harness.h"
#include "postgres/pg.h"

#include <stdlib.h>
#include <string.h>

struct reading {
    struct pg_conn pg;
    struct err err;
    enum status status;
};

static void
reading_release(struct reading *reading)
{
    arena_release(&reading->pg.base.arena);
}

#define READING CLEANUP(reading_release) struct reading

static struct reading
read_url(const char *url)
{
    static const char *const variables[] = {"PGHOST",    "PGHOSTADDR",    "PGSSLMODE",
                                            "PGSERVICE", "PGSSLROOTCERT", "PGPASSWORD"};
    struct reading reading = {0};
    for (size_t i = 0; i < COUNT_OF(variables); i++) {
        unsetenv(variables[i]);
    }
    const struct conn_params params = {.url = url, .application = "rollcall up", .connect_timeout_ms = 2500};
    reading.status = pg_url_read(&reading.pg, &params, &reading.err);
    return reading;
}

static const char *
value_of(const struct reading *reading, const char *keyword)
{
    for (size_t i = 0; reading->pg.keywords != NULL && reading->pg.keywords[i] != NULL; i++) {
        if (str_eq(reading->pg.keywords[i], keyword)) {
            return reading->pg.values[i];
        }
    }
    return NULL;
}

TEST(pg_url, other_machines_are_verified_unless_the_url_says_otherwise)
{
    READING remote = read_url("postgres://ann@db.example/shop");
    CHECK_STR(value_of(&remote, "sslmode"), "verify-full");
    CHECK_STR(remote.pg.base.identity.weakness, "");
    READING weak = read_url("postgresql://ann@db.example/shop?sslmode=require");
    CHECK_STR(value_of(&weak, "sslmode"), "require");
    CHECK(value_of(&weak, "sslrootcert") == NULL);
    CHECK_STR(weak.pg.base.identity.weakness,
              "sslmode=require does not check that the server is the one that was named");
    READING mixed = read_url("postgres://localhost,db.example/shop");
    CHECK_STR(value_of(&mixed, "sslmode"), "verify-full");
    READING address = read_url("postgres://localhost/shop?hostaddr=192.0.2.1");
    CHECK_STR(value_of(&address, "sslmode"), "verify-full");
    READING service = read_url("postgres:///?service=shop");
    CHECK_STR(value_of(&service, "sslmode"), "verify-full");
}

TEST(pg_url, this_machine_needs_no_encryption)
{
    static const char *const urls[] = {
        "postgres:///shop",          "postgres://localhost/shop",    "postgres://127.0.0.1:5433/shop",
        "postgres://[::1]/shop",     "postgres://%2Fvar%2Frun/shop", "postgres:///shop?host=/tmp",
        "host=127.0.0.1 dbname=shop"};
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        READING reading = read_url(urls[i]);
        CHECK_INT(reading.status, STATUS_OK);
        CHECK(value_of(&reading, "sslmode") == NULL);
        CHECK_STR(reading.pg.base.identity.weakness, "");
    }
}

TEST(pg_url, what_was_not_said_is_filled_in)
{
    READING reading =
        read_url("postgres://db.example/shop?connect_timeout=7&keepalives_idle=5&application_name=x");
    CHECK_STR(value_of(&reading, "client_encoding"), "UTF8");
    CHECK_STR(value_of(&reading, "application_name"), "rollcall up");
    CHECK_STR(value_of(&reading, "connect_timeout"), "7");
    CHECK_STR(value_of(&reading, "keepalives_idle"), "5");
    CHECK_STR(value_of(&reading, "keepalives_count"), "3");
    READING plain = read_url("postgres:///shop");
    CHECK_STR(value_of(&plain, "connect_timeout"), "3");
}

TEST(pg_url, no_piece_of_a_password_is_in_an_error)
{
    static const char *const urls[] = {
        "postgres://ann:se/cret@db/shop",
        "postgres://ann:se@cret@db/shop",
        "postgres://ann:se%zzcret@db/shop",
        "postgres://ann:se?cret@db/shop",
        "postgres://ann@db:secret/shop?=",
        "postgres://ann@db/shop?secret",
        "postgres://ann@db/shop?secret=1",
        "host=db password='secret",
        "host=db secret",
        "postgres://ann:se%00cret@db/shop",
        "postgres://[secret/shop",
    };
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        READING reading = read_url(urls[i]);
        CHECK_STR(reading.status == STATUS_USAGE ? "" : urls[i], "");
        CHECK(strstr(reading.err.msg, "cret") == NULL && strstr(reading.err.hint, "cret") == NULL);
        CHECK(reading.err.msg[0] != '\0' && reading.err.hint[0] != '\0');
    }
}

TEST(pg_url, another_database_keeps_the_rest)
{
    struct arena *arena = test_arena();
    CHECK_STR(pg_url_with_database(arena, "postgres://ann:pw@db:5/shop?sslmode=require", "rollcall_x"),
              "postgres://ann:pw@db:5/rollcall_x?sslmode=require");
    CHECK_STR(pg_url_with_database(arena, "postgres://db", "a b"), "postgres://db/a%20b");
    CHECK_STR(pg_url_with_database(arena, "postgres://db?dbname=shop&host=/tmp&user=u", "x"),
              "postgres://db/x?host=/tmp&user=u");
    CHECK_STR(pg_url_with_database(arena, "postgres:///shop", "x"), "postgres:///x");
    CHECK_STR(pg_url_with_database(arena, "host=db dbname=shop", "x"), "host=db dbname=shop dbname=x");
}

TEST(pg_error, states_of_the_server_are_decisions)
{
    static const struct {
        const char *sqlstate;
        enum status status;
    } states[] = {{"42601", STATUS_SQL},      {"23505", STATUS_SQL},       {"55P03", STATUS_CONFLICT},
                  {"40001", STATUS_CONFLICT}, {"40P01", STATUS_CONFLICT},  {"55006", STATUS_CONFLICT},
                  {"55P04", STATUS_SQL},      {"57014", STATUS_CANCELLED}, {"57P01", STATUS_CONNECT},
                  {"57P03", STATUS_CONNECT},  {"28P01", STATUS_CONNECT},   {"28000", STATUS_CONNECT},
                  {"3D000", STATUS_CONNECT},  {"08006", STATUS_CONNECT},   {"53300", STATUS_CONNECT},
                  {"53100", STATUS_SQL}};
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        CHECK_STR(pg_status_of(states[i].sqlstate) == states[i].status ? states[i].sqlstate : "",
                  states[i].sqlstate);
    }
}

/* The catalogue: every object is seen, the same schema gives the same fingerprint, another one another. */
#include "contract/rig.h"

#include <stdio.h>
#include <string.h>

static void
catalog_release_p(struct catalog *catalog)
{
    catalog_release(catalog);
}
#define CATALOG_SCOPED CLEANUP(catalog_release_p) struct catalog

static void
read_catalog(struct conn *conn, struct catalog *out)
{
    struct err err = {0};
    catalog_init(out);
    CHECK_OK(conn_catalog(conn, out, &err));
}

static struct hash128
fingerprint(struct conn *conn)
{
    CATALOG_SCOPED catalog;
    read_catalog(conn, &catalog);
    return catalog.fingerprint;
}

/* The object whose name is, or ends in, ".name". */
static const struct object *
find(const struct catalog *catalog, enum object_kind kind, const char *name)
{
    const char *suffix = arena_printf(test_arena(), ".%s", name);
    for (size_t i = 0; i < catalog->n; i++) {
        const struct object *object = &catalog->objects[i];
        if (object->kind == kind && (str_eq(object->name, name) || str_ends(object->name, suffix))) {
            return object;
        }
    }
    return NULL;
}

static size_t
count_kind(const struct catalog *catalog, enum object_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < catalog->n; i++) {
        n += catalog->objects[i].kind == kind;
    }
    return n;
}

static void
make_shop(struct rig *rig)
{
    rig_do(rig, "create table customer (id integer not null primary key, mail varchar(80) not null unique)",
           "create table purchase (id integer not null primary key, customer_id integer not null, "
           "amount decimal(10,2) default 0, note varchar(20), "
           "constraint amount_is_positive check (amount >= 0), "
           "foreign key (customer_id) references customer (id) on delete cascade)",
           "create index purchase_note on purchase (note)",
           "create view large_purchase as select id, amount from purchase where amount > 100", NULL);
}

static void
make_trigger(struct rig *rig, const char *note)
{
    rig_do(rig,
           arena_printf(
               test_arena(),
               ON_ENGINE(rig,
                         "create trigger stamp after insert on purchase begin "
                         "update purchase set note = '%s' where id = new.id; end",
                         "create function stamp() returns trigger language plpgsql as "
                         "$$ begin new.note := '%s'; return new; end $$",
                         "create trigger stamp before insert on purchase for each row set new.note = '%s'"),
               note),
           NULL);
    if (rig->engine == ENGINE_postgres) {
        rig_do(rig, "create trigger stamp before insert on purchase for each row execute function stamp()",
               NULL);
    }
}

CASE(catalog, of_an_empty_database_is_empty)
{
    CATALOG_SCOPED catalog;
    read_catalog(rig->conn, &catalog);
    for (size_t i = 0; i < catalog.n; i++) { /* a schema of its own, an extension that is always there */
        enum object_kind kind = catalog.objects[i].kind;
        bool may_be = kind == OBJECT_SCHEMA || kind == OBJECT_EXTENSION || kind == OBJECT_GRANT ||
                      kind == OBJECT_COMMENT;
        if (!CHECK(may_be)) {
            printf("    %s %s\n", object_kind_name(kind), catalog.objects[i].name);
        }
    }
}

CASE(catalog, has_every_kind_of_object)
{
    CATALOG_SCOPED catalog;
    make_shop(rig);
    make_trigger(rig, "new");
    read_catalog(rig->conn, &catalog);
    CHECK(find(&catalog, OBJECT_TABLE, "customer") != NULL);
    CHECK(find(&catalog, OBJECT_TABLE, "purchase") != NULL);
    CHECK(find(&catalog, OBJECT_COLUMN, "purchase.amount") != NULL);
    CHECK(count_kind(&catalog, OBJECT_COLUMN) >= 6);
    CHECK(count_kind(&catalog, OBJECT_FOREIGN_KEY) == 1);
    CHECK(find(&catalog, OBJECT_INDEX, "purchase_note") != NULL);
    CHECK(find(&catalog, OBJECT_VIEW, "large_purchase") != NULL);
    CHECK(find(&catalog, OBJECT_TRIGGER, "stamp") != NULL);
    /* two primary keys, a unique one, a check; an engine may keep a unique key as an index */
    CHECK(count_kind(&catalog, OBJECT_CONSTRAINT) >= 3);
}

CASE(catalog, columns_know_their_place_and_table)
{
    CATALOG_SCOPED catalog;
    make_shop(rig);
    read_catalog(rig->conn, &catalog);
    const struct object *table = find(&catalog, OBJECT_TABLE, "purchase");
    const struct object *column = find(&catalog, OBJECT_COLUMN, "purchase.amount");
    if (CHECK(table != NULL) && CHECK(column != NULL)) {
        CHECK_INT(column->position, 3);
        CHECK_STR(column->table, table->name);
        CHECK_STR(table->table, table->name);
        CHECK_INT(table->position, 0);
    }
}

CASE(catalog, is_the_same_however_often_and_whoever_reads_it)
{
    make_shop(rig);
    make_trigger(rig, "new");
    struct hash128 first = fingerprint(rig->conn);
    CHECK(hash128_eq(first, fingerprint(rig->conn)));
    CONN_SCOPED *other = rig_open(rig, (struct conn_params){0});
    CHECK(hash128_eq(first, fingerprint(other)));
    rig_do(rig, "insert into customer values (1, 'a')", NULL);
    CHECK(hash128_eq(first, fingerprint(rig->conn)));
}

CASE(catalog, is_the_same_for_the_same_schema_made_again)
{
    make_shop(rig);
    struct hash128 first = fingerprint(rig->conn);
    rig_do(rig, "drop view large_purchase", "drop table purchase", "drop table customer", NULL);
    CHECK(!hash128_eq(first, fingerprint(rig->conn)));
    make_shop(rig);
    CHECK(hash128_eq(first, fingerprint(rig->conn)));
}

CASE(catalog, sees_changes_of_its_own_transaction_and_their_rollback)
{
    struct err err = {0};
    if (!conn_has(rig->conn, CAP_TRANSACTIONAL_DDL)) {
        return;
    }
    make_shop(rig);
    struct hash128 before = fingerprint(rig->conn);
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    rig_do(rig, "alter table customer add column name varchar(10)", NULL);
    struct hash128 within = fingerprint(rig->conn);
    CHECK(!hash128_eq(before, within));
    conn_rollback(rig->conn);
    CHECK(hash128_eq(before, fingerprint(rig->conn)));
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    rig_do(rig, "alter table customer add column name varchar(11)", NULL);
    CHECK(!hash128_eq(within, fingerprint(rig->conn)));
    CHECK(!hash128_eq(before, fingerprint(rig->conn)));
    conn_rollback(rig->conn);
}

/* Builds a schema, changes one property, and wants exactly that to be seen as a change of meaning. */
static void
check_change(struct rig *rig, const char *const *setup, const char *const *change)
{
    struct catalog_diff diff;
    CATALOG_SCOPED before;
    CATALOG_SCOPED after;
    for (; *setup != NULL; setup++) {
        conn_do(rig->conn, *setup);
    }
    read_catalog(rig->conn, &before);
    for (; *change != NULL; change++) {
        conn_do(rig->conn, *change);
    }
    read_catalog(rig->conn, &after);
    catalog_diff(&before, &after, test_arena(), &diff);
    if (!CHECK_INT(diff.class, CHANGE_CLASS_MEANING)) {
        printf("    not seen: %s\n", change[-1]);
    }
    CHECK(!hash128_eq(before.fingerprint, after.fingerprint));
}

CASE(catalog, every_property_counts)
{
    static const struct {
        const char *setup[3];
        const char *change[4];
    } cases[] = {
        {{"create table a1 (x integer)", NULL}, {"alter table a1 add column y integer", NULL}},
        {{"create table a2 (x integer, y integer)", NULL}, {"alter table a2 drop column y", NULL}},
        {{"create table a3 (x integer)", NULL}, {"alter table a3 rename to a3b", NULL}},
        {{"create table a4 (x integer)", NULL}, {"alter table a4 rename column x to y", NULL}},
        {{"create table a5 (x integer)", NULL}, {"drop table a5", "create table a5 (x varchar(5))", NULL}},
        {{"create table a6 (x varchar(5))", NULL}, {"drop table a6", "create table a6 (x varchar(6))", NULL}},
        {{"create table a7 (x integer)", NULL},
         {"drop table a7", "create table a7 (x integer not null)", NULL}},
        {{"create table a8 (x integer)", NULL},
         {"drop table a8", "create table a8 (x integer default 1)", NULL}},
        {{"create table a9 (x integer default 1)", NULL},
         {"drop table a9", "create table a9 (x integer default 2)", NULL}},
        {{"create table b1 (x integer not null)", NULL},
         {"drop table b1", "create table b1 (x integer not null primary key)", NULL}},
        {{"create table b2 (x integer not null)", NULL},
         {"drop table b2", "create table b2 (x integer not null, unique (x))", NULL}},
        {{"create table b3 (x integer, y integer, unique (x, y))", NULL},
         {"drop table b3", "create table b3 (x integer, y integer, unique (y, x))", NULL}},
        {{"create table b4 (x integer, check (x > 0))", NULL},
         {"drop table b4", "create table b4 (x integer, check (x > 1))", NULL}},
        {{"create table b5 (x integer not null primary key)", "create table b5c (x integer)", NULL},
         {"drop table b5c", "create table b5c (x integer, foreign key (x) references b5 (x))", NULL}},
        {{"create table b6 (x integer not null primary key)",
          "create table b6c (x integer, foreign key (x) references b6 (x))", NULL},
         {"drop table b6c",
          "create table b6c (x integer, foreign key (x) references b6 (x) on delete cascade)", NULL}},
        {{"create table b7 (x integer)", NULL}, {"create index b7i on b7 (x)", NULL}},
        {{"create table b8 (x integer, y integer)", "create index b8i on b8 (x)", NULL},
         {"drop table b8", "create table b8 (x integer, y integer)", "create index b8i on b8 (x, y)", NULL}},
        {{"create table b9 (x integer, y integer)", "create index b9i on b9 (x)", NULL},
         {"drop table b9", "create table b9 (x integer, y integer)", "create unique index b9i on b9 (x)",
          NULL}},
        {{"create table c1 (x integer)", "create view c1v as select x from c1", NULL},
         {"drop view c1v", "create view c1v as select x + 1 as x from c1", NULL}},
        {{"create table c2 (x integer, y integer)", "create index c2i on c2 (x)", NULL},
         {"drop table c2", "create table c2 (x integer, y integer)", "create index c2i on c2 (x desc)",
          NULL}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        check_change(rig, cases[i].setup, cases[i].change);
    }
}

CASE(catalog, body_of_a_trigger_counts)
{
    make_shop(rig);
    make_trigger(rig, "new");
    struct hash128 before = fingerprint(rig->conn);
    rig_do(
        rig,
        ON_ENGINE(rig, "drop trigger stamp", "drop function stamp cascade", "drop trigger if exists stamp"),
        NULL);
    make_trigger(rig, "newer");
    CHECK(!hash128_eq(before, fingerprint(rig->conn)));
}

CASE(catalog, column_order_alone_is_a_class_of_its_own)
{
    struct catalog_diff diff;
    CATALOG_SCOPED before;
    CATALOG_SCOPED after;
    rig_do(rig, "create table t (a integer, b integer, c integer)", NULL);
    read_catalog(rig->conn, &before);
    rig_do(rig, "drop table t", "create table t (a integer, c integer, b integer)", NULL);
    read_catalog(rig->conn, &after);
    catalog_diff(&before, &after, test_arena(), &diff);
    CHECK_INT(diff.class, CHANGE_CLASS_COLUMN_ORDER);
}

CASE(catalog, leaves_the_registry_out)
{
    make_shop(rig);
    struct hash128 before = fingerprint(rig->conn);
    rig_make_registry(rig);
    CHECK(hash128_eq(before, fingerprint(rig->conn)));
}

CASE(catalog, schema_version_moves_with_the_schema_and_not_with_the_rows)
{
    struct err err = {0};
    uint64_t first = 0;
    uint64_t second = 0;
    uint64_t third = 0;
    rig_do(rig, "create table t (a integer)", NULL);
    CHECK_OK(conn_schema_version(rig->conn, &first, &err));
    if (first == 0) {
        return; /* the engine cannot tell */
    }
    rig_do(rig, "insert into t values (1)", NULL);
    CHECK_OK(conn_schema_version(rig->conn, &second, &err));
    CHECK(first == second);
    rig_do(rig, "alter table t add column b integer", NULL);
    CHECK_OK(conn_schema_version(rig->conn, &third, &err));
    CHECK(third != second);
}

CASE(catalog, schema_version_is_not_used_again_after_a_rollback)
{
    struct err err = {0};
    uint64_t first = 0;
    uint64_t second = 0;
    if (!conn_has(rig->conn, CAP_TRANSACTIONAL_DDL)) {
        return;
    }
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    rig_do(rig, "create table t (a integer)", NULL);
    CHECK_OK(conn_schema_version(rig->conn, &first, &err));
    conn_rollback(rig->conn);
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    rig_do(rig, "create table u (a integer)", NULL);
    CHECK_OK(conn_schema_version(rig->conn, &second, &err));
    CHECK(first == 0 || first != second);
    conn_rollback(rig->conn);
}

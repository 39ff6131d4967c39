/* Whole tables out and in: every value comes back as it was. */
#include "contract/rig.h"

#include "base/hash.h"
#include "driver/decorate.h"

#include <string.h>

/* 1 .. 100,000 as `seq`, on every server that speaks MySQL's dialect. */
#define MY_TEN                                                                                               \
    "(select 0 d union all select 1 union all select 2 union all select 3 union all select 4 union all "     \
    "select 5 union all select 6 union all select 7 union all select 8 union all select 9)"
#define MY_HUNDRED_THOUSAND                                                                                  \
    "(select 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d as seq from " MY_TEN " a, " MY_TEN    \
    " b, " MY_TEN " c, " MY_TEN " e, " MY_TEN " f) numbers"

struct rows {
    struct buf images; /* one after the other */
    VEC(size_t) ends;
    struct hash128 sum;
    size_t n_columns;
    const char **names;
    const char **forms;
};

static const char *
qualified(const struct rig *rig, const char *name)
{
    return rig->engine == ENGINE_postgres ? arena_printf(test_arena(), "public.%s", name) : name;
}

static struct table
describe(struct rig *rig, const char *name)
{
    struct err err = {0};
    struct table table = {0};
    CHECK_OK(conn_describe(rig->conn, qualified(rig, name), test_arena(), &table, &err));
    return table;
}

static enum status
read_all(struct dump *dump, struct rows *out, struct err *err)
{
    for (;;) {
        struct span image;
        TRY(dump_next(dump, &image, err));
        if (image.len == 0) {
            return STATUS_OK;
        }
        buf_add(&out->images, image.ptr, image.len);
        vec_push(test_arena(), &out->ends, out->images.len);
        out->sum = hash128_add(out->sum, hash128(image));
    }
}

/* All columns that hold values of their own. */
static enum status
dump_table(struct conn *conn, const struct table *table, struct rows *out, struct err *err)
{
    *out = (struct rows){.images = BUF_INIT((size_t)1 << 30)};
    out->names = arena_new_array(test_arena(), const char *, table->n_columns + 1);
    out->forms = arena_new_array(test_arena(), const char *, table->n_columns + 1);
    for (size_t i = 0; i < table->n_columns; i++) {
        if (!table->columns[i].is_generated) {
            out->names[out->n_columns++] = table->columns[i].name;
        }
    }
    DUMP_SCOPED *dump = NULL;
    TRY(dump_open(conn, table, out->names, out->n_columns, &dump, err));
    for (size_t i = 0; i < out->n_columns; i++) {
        out->forms[i] = arena_strdup(test_arena(), dump->forms[i]);
    }
    return read_all(dump, out, err);
}

static enum status
load_table(struct conn *conn, const struct table *table, const struct rows *rows, struct err *err)
{
    struct stream_column *columns = arena_new_array(test_arena(), struct stream_column, rows->n_columns + 1);
    struct load *load;
    int64_t taken = -1;
    for (size_t i = 0; i < rows->n_columns; i++) {
        columns[i] = (struct stream_column){rows->names[i], rows->forms[i]};
    }
    TRY(load_open(conn, table, columns, rows->n_columns, &load, err));
    enum status status = STATUS_OK;
    for (size_t i = 0, start = 0; i < rows->ends.n && status == STATUS_OK; start = rows->ends.items[i++]) {
        struct span image = {rows->images.data + start, rows->ends.items[i] - start};
        size_t half = image.len / 2; /* in pieces, as files give long rows */
        status = load_add(load, (struct span){image.ptr, half}, false, err);
        if (status == STATUS_OK) {
            status = load_add(load, (struct span){image.ptr + half, image.len - half}, true, err);
        }
    }
    if (status != STATUS_OK) {
        struct err ignored = {0};
        IGNORE(load_close(load, false, NULL, &ignored));
        return status;
    }
    TRY(load_close(load, true, &taken, err));
    CHECK_INT(taken, rows->ends.n);
    return STATUS_OK;
}

/* Copies the rows of one table to another by dump and load, and checks that the other then dumps the same. */
static void
round_trip(struct rig *rig, const char *from, const char *to, size_t n)
{
    struct err err = {0};
    struct table source = describe(rig, from);
    struct table target = describe(rig, to);
    struct rows first = {0};
    struct rows second = {0};
    CHECK_OK(conn_begin(rig->conn, TXN_READ, &err));
    CHECK_OK(dump_table(rig->conn, &source, &first, &err));
    CHECK_OK(conn_commit(rig->conn, &err));
    CHECK_INT(first.ends.n, n);
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    CHECK_OK(load_table(rig->conn, &target, &first, &err));
    CHECK_OK(conn_commit(rig->conn, &err));
    CHECK_OK(conn_begin(rig->conn, TXN_READ, &err));
    CHECK_OK(dump_table(rig->conn, &target, &second, &err));
    CHECK_OK(conn_commit(rig->conn, &err));
    CHECK_INT(second.ends.n, n);
    CHECK(hash128_eq(first.sum, second.sum));
    buf_release(&first.images);
    buf_release(&second.images);
}

static const char sqlite_zoo[] =
    "(id integer primary key, a, i integer, r real, t text, b blob, n numeric, g integer generated always as "
    "(i + 1) virtual)";
static const char postgres_zoo[] =
    "(id bigint generated always as identity primary key, s smallint, i integer, f4 real, f8 double "
    "precision, n "
    "numeric, n2 numeric(20,4), t text, v varchar(20), c char(5), b bytea, bo boolean, d date, ti time, tz "
    "timetz, ts timestamp, tstz timestamptz(3), iv interval, u uuid, j json, jb jsonb, bits bit(5), vb bit "
    "varying, ip inet, net cidr, mac macaddr, p point, bx box, ia integer[], ta text[], ea mood[], m mood, "
    "ir "
    "int4range, tr tstzrange, mny money, ts_v tsvector, x xml, nm name, q \"char\", dom posint, cp pair, g "
    "integer generated always as (i + 1) stored, ba bytea[], path path)";
static const char mysql_zoo[] =
    "(id bigint unsigned auto_increment primary key, ti tinyint, tu tinyint unsigned, si smallint, mi "
    "mediumint, "
    "mu mediumint unsigned, i int, bi bigint, bu bigint unsigned, f float, d double, de decimal(65,30), c "
    "char(5), "
    "v varchar(40), t longtext, l varchar(20) character set latin1, b longblob, vb varbinary(20), fb "
    "binary(4), "
    "dt date, tm time(6), dtm datetime(6), ts timestamp(3) null, y year, e enum('a','b','it''s'), se "
    "set('x','y','z'), bits bit(10), j json, geo geometry, g int generated always as (i + 1) virtual)";

static void
make_zoo(struct rig *rig)
{
    if (rig->engine == ENGINE_postgres) {
        rig_do(rig, "create type mood as enum ('sad', 'it''s \"fine\"', 'ok')",
               "create domain posint as integer check (value > 0)", "create type pair as (a integer, b text)",
               NULL);
    }
    const char *columns = ON_ENGINE(rig, sqlite_zoo, postgres_zoo, mysql_zoo);
    rig_do(rig, arena_printf(test_arena(), "create table zoo %s", columns),
           arena_printf(test_arena(), "create table copy %s", columns), NULL);
}

static void
fill_sqlite(struct rig *rig)
{
    rig_do(
        rig,
        "insert into zoo (a, i, r, t, b, n) values (1, 9223372036854775807, 1.5, 'x', x'0001ff00', 12.50),"
        "('text', 'no number', 1e308, '', x'', '0x10'), (2.5, -9223372036854775808, -1e-320, char(0) || 'a', "
        "'not a blob', 9e999), (x'00', 1.5, -9e999, 'é😀', zeroblob(2097152), null),"
        "(null, null, null, null, null, null), (0.1, 0, 3, printf('%.*c', 2097152, 'z'), 7, 0.1 + 0.2)",
        NULL);
}

static void
fill_postgres(struct rig *rig)
{
    rig_do(
        rig,
        "insert into zoo (s, i, f4, f8, n, n2, t, v, c, b, bo, d, ti, tz, ts, tstz, iv, u, j, jb, bits, vb, "
        "ip, "
        "net, mac, p, bx, ia, ta, ea, m, ir, tr, mny, ts_v, x, nm, q, dom, cp, ba, path) values "
        "(-32768, 2147483646, '-0', 'NaN', 'NaN', 1234567890123456.7890, '', 'v', 'c ', '\\x0001ff00', true, "
        "'infinity', '24:00:00', '23:59:59.999999+15:59', '-infinity', '2024-02-29 12:00:00.123+05:30', "
        "'1 year -2 mons 3 days -04:05:06.789', '00112233-4455-6677-8899-aabbccddeeff', '{\"b\":1,  "
        "\"a\":[1.00]}', "
        "'{\"b\":1,\"a\":[1.00,null]}', '10101', '1', '10.0.0.1/8', '::/0', '08:00:2b:01:02:03', '(1.5,-0)', "
        "'(1,1),(0,0)', '[-1:1]={1,NULL,3}', '{\"a,b\",NULL,\"\",\"null\",\"x\\\\y\"}', '{sad,NULL}', "
        "'it''s \"fine\"', '[1,10)', '[2024-01-01,infinity)', '-12.34', 'a:1 b:2A', '<a>1</a>', 'name', 'q', "
        "5, "
        "'(1,\"a,b\")', '{\"\\\\x00\",NULL}', '[(0,0),(1,1)]')",
        "insert into zoo (f4, f8, n, t, b, d, ts, tstz, ia, ir, iv, jb, vb) values ('Infinity', '-Infinity', "
        "'-Infinity', repeat('é', 1048576), decode(repeat('00ff', 1048576), 'hex'), '4713-01-01 BC', "
        "'294276-12-31 23:59:59.999999', 'infinity', '{}', 'empty', '0', 'null', '')",
        "insert into zoo (f4, f8, n, ia, tstz, tr) values ('1.17549435e-38', '5e-324', "
        "('1' || repeat('0', 1000) || '.' || repeat('7', 1000))::numeric, '{{1,2},{3,4}}', "
        "'0001-01-01 00:00:00+00 BC', '(,)')",
        "insert into zoo (i) values (null)",
        "insert into zoo (id, f8, n) overriding system value values (-5, 0.1, -0.000000000000000000001)",
        NULL);
}

static void
fill_mysql(struct rig *rig)
{
    rig_do(rig, "set session sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES', @z = '0000-00-00'",
           NULL);
    own_do(rig->conn, "set session sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'");
    own_do(rig->conn,
           "insert into zoo (id, ti, tu, si, mi, mu, i, bi, bu, f, d, de, c, v, t, l, b, vb, fb, dt, tm, "
           "dtm, ts, y, "
           "e, se, bits, j, geo) values (0, -128, 255, -32768, -8388608, 16777215, -2147483648, "
           "-9223372036854775808, 18446744073709551615, 16777216, 1.7976931348623157e308, "
           "-12345678901234567890123456789012345.012345678901234567890123456789, 'c', '', '', 'caf\xC3\xA9', "
           "x'0001ff00', x'00', x'01', '0000-00-00', '-838:59:59.000000', '0000-00-00 00:00:00', "
           "'0000-00-00 00:00:00', 1901, 'it''s', 'x,z', b'1010101010', '{\"b\": 1,  \"a\": [1.00]}', "
           "ST_GeomFromText('POINT(1 -2)'))");
    own_do(rig->conn,
           "insert into zoo (id, f, d, t, b, dt, tm, dtm, ts, y, e, se, bits) values (7, 16777.216796875, "
           "5e-324, "
           "repeat('\xF0\x9F\x98\x80', 524288), repeat(x'00ff', 1048576), '2024-02-31', '00:00:00.000001', "
           "'9999-12-31 23:59:59.999999', '2038-01-19 03:14:07.999', 0, 'a', '', b'0')");
    own_do(rig->conn, "insert into zoo (id, f, d) values (8, 1.17549e-38, 0.1), (9, -3.402823466e38, -0e0)");
    own_do(rig->conn, "insert into zoo (id) values (18446744073709551614)");
}

CASE(stream, every_type_comes_back_bit_for_bit)
{
    make_zoo(rig);
    if (rig->engine == ENGINE_sqlite) {
        fill_sqlite(rig);
    } else if (rig->engine == ENGINE_postgres) {
        fill_postgres(rig);
    } else {
        fill_mysql(rig);
    }
    round_trip(rig, "zoo", "copy", (size_t)conn_count(rig->conn, "zoo"));
    CHECK(conn_count(rig->conn, "zoo") >= 4);
    const char *same = ON_ENGINE(rig,
                                 "select count(*) from (select *, typeof(i), typeof(b), typeof(a) from zoo "
                                 "except select *, typeof(i), "
                                 "typeof(b), typeof(a) from copy)",
                                 "select count(*) from (select zoo::text from public.zoo except all select "
                                 "copy::text from public.copy) x",
                                 "select count(*) from zoo z where not exists (select 1 from copy c where "
                                 "c.id = z.id and c.f <=> z.f and c.d "
                                 "<=> z.d and c.de <=> z.de and hex(c.b) <=> hex(z.b) and hex(c.t) <=> "
                                 "hex(z.t) and hex(c.l) <=> hex(z.l) "
                                 "and concat(c.dt) <=> concat(z.dt) and c.tm <=> z.tm and concat(c.dtm) <=> "
                                 "concat(z.dtm) and c.e <=> z.e and "
                                 "c.se <=> z.se and c.bits <=> z.bits and c.y <=> z.y and c.g <=> z.g and "
                                 "hex(c.fb) <=> hex(z.fb) and c.j <=> "
                                 "z.j)");
    CHECK_STR(conn_ask(rig->conn, same), "0");
}

CASE(stream, a_table_without_rows_is_whole)
{
    rig_do(rig, "create table zoo (x integer)", "create table copy (x integer)", NULL);
    round_trip(rig, "zoo", "copy", 0);
}

PLAIN_CASE(stream, a_hundred_thousand_rows_come_back)
{
    rig_do(
        rig, "create table zoo (id integer primary key, x varchar(40))",
        "create table copy (id integer primary key, x varchar(40))",
        ON_ENGINE(
            rig,
            "with recursive n (i) as (select 1 union all select i + 1 from n where i < 100000) insert into "
            "zoo select i, 'row ' || i from n",
            "insert into zoo select i, 'row ' || i from generate_series(1, 100000) i",
            "insert into zoo select seq, concat('row ', seq) from " MY_HUNDRED_THOUSAND),
        NULL);
    round_trip(rig, "zoo", "copy", 100000);
}

CASE(stream, some_columns_in_another_order_are_enough)
{
    struct err err = {0};
    rig_do(rig, "create table zoo (a integer, b varchar(10), c integer)",
           "insert into zoo values (1, 'x', null)", NULL);
    struct table table = describe(rig, "zoo");
    static const char *const names[] = {"c", "b"};
    struct dump *dump = NULL;
    struct span image;
    struct row_image row;
    struct span cell;
    CHECK_OK(conn_begin(rig->conn, TXN_READ, &err));
    if (CHECK_OK(dump_open(rig->conn, &table, names, 2, &dump, &err))) {
        CHECK_OK(dump_next(dump, &image, &err));
        CHECK(row_image_read(image, 2, &row));
        CHECK(row_image_next(&row, &cell) && cell.ptr == NULL);
        CHECK(row_image_next(&row, &cell) && span_ends(cell, "x"));
        dump_close(dump);
    }
    CHECK_OK(conn_commit(rig->conn, &err));
}

CASE(stream, one_that_is_given_up_leaves_the_connection_usable)
{
    struct err err = {0};
    struct dump *dump = NULL;
    struct span image;
    static const char *const names[] = {"id"};
    rig_do(rig, "create table zoo (id integer)", "insert into zoo values (1), (2), (3)", NULL);
    struct table table = describe(rig, "zoo");
    CHECK_OK(conn_begin(rig->conn, TXN_READ, &err));
    CHECK_OK(dump_open(rig->conn, &table, names, 1, &dump, &err));
    CHECK_OK(dump_next(dump, &image, &err));
    dump_close(dump);
    conn_rollback(rig->conn);
    CHECK_INT(conn_count(rig->conn, "zoo"), 3);
}

CASE(stream, generated_columns_cannot_be_asked_for)
{
    struct err err = {0};
    struct dump *dump = NULL;
    static const char *const names[] = {"g"};
    rig_do(rig, "create table zoo (id integer, g integer generated always as (id + 1) stored)", NULL);
    struct table table = describe(rig, "zoo");
    CHECK_OK(conn_begin(rig->conn, TXN_READ, &err));
    CHECK_INT(dump_open(rig->conn, &table, names, 1, &dump, &err), STATUS_USAGE);
    conn_rollback(rig->conn);
}

CASE(stream, a_load_that_fails_leaves_no_row)
{
    struct err err = {0};
    struct rows rows;
    rig_do(rig, "create table zoo (id integer)", "insert into zoo values (1), (2), (2)",
           "create table copy (id integer primary key)", NULL);
    struct table source = describe(rig, "zoo");
    struct table target = describe(rig, "copy");
    CHECK_OK(conn_begin(rig->conn, TXN_READ, &err));
    CHECK_OK(dump_table(rig->conn, &source, &rows, &err));
    CHECK_OK(conn_commit(rig->conn, &err));
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    CHECK_INT(load_table(rig->conn, &target, &rows, &err), STATUS_SQL);
    conn_rollback(rig->conn);
    CHECK_INT(conn_count(rig->conn, "copy"), 0);
    buf_release(&rows.images);
}

CASE(stream, cells_of_another_form_are_refused)
{
    struct err err = {0};
    struct load *load = NULL;
    const struct stream_column column = {"id", ON_ENGINE(rig, "pg.int4", "my.int", "pg.int4")};
    rig_do(rig, "create table zoo (id integer)", NULL);
    struct table table = describe(rig, "zoo");
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    CHECK_INT(load_open(rig->conn, &table, &column, 1, &load, &err), STATUS_USAGE);
    conn_rollback(rig->conn);
}

/* -- what must not look like the end --------------------------------------------------------------------- */

PLAIN_CASE(stream, a_connection_that_is_lost_midway_is_an_error)
{
    struct err err = {0};
    struct rows rows = {0};
    if (rig->engine == ENGINE_sqlite) {
        test_skip("there is no server to lose");
        return;
    }
    rig_do(rig, "create table zoo (id integer, x varchar(1000))",
           ON_ENGINE(rig, "", "insert into zoo select i, repeat('x', 1000) from generate_series(1, 100000) i",
                     "insert into zoo select seq, repeat('x', 1000) from " MY_HUNDRED_THOUSAND),
           NULL);
    struct table table = describe(rig, "zoo");
    static const char *const names[] = {"id", "x"};
    const char *id =
        conn_ask(rig->conn, ON_ENGINE(rig, "", "select pg_backend_pid()", "select connection_id()"));
    struct dump *dump = NULL;
    struct span image;
    CHECK_OK(conn_begin(rig->conn, TXN_READ, &err));
    CHECK_OK(dump_open(rig->conn, &table, names, 2, &dump, &err));
    CHECK_OK(dump_next(dump, &image, &err));
    (void)conn_ask(
        rig->server,
        arena_printf(test_arena(), ON_ENGINE(rig, "%s", "select pg_terminate_backend(%s)", "kill %s"), id));
    enum status status = read_all(dump, &rows, &err);
    CHECK(status == STATUS_CONNECT || status == STATUS_SQL || status == STATUS_CANCELLED);
    CHECK(rows.ends.n < 99999);
    dump_close(dump);
    buf_release(&rows.images);
}

PLAIN_CASE(stream, row_level_security_cannot_hide_rows)
{
    struct err err = {0};
    struct dump *dump = NULL;
    static const char *const names[] = {"id"};
    if (rig->engine != ENGINE_postgres) {
        test_skip("this engine has no row-level security");
        return;
    }
    rig_do(rig, "create table zoo (id integer)", "insert into zoo values (1), (2)",
           "alter table zoo enable row level security", "create policy p on zoo using (id = 1)", NULL);
    const char *role = arena_printf(test_arena(), "%s_r", rig->name);
    conn_do(rig->conn, arena_printf(test_arena(), "create role %s", role));
    conn_do(rig->conn, arena_printf(test_arena(), "grant select on zoo to %s", role));
    struct table table = describe(rig, "zoo");
    CHECK_OK(conn_begin(rig->conn, TXN_READ, &err));
    own_do(rig->conn, arena_printf(test_arena(), "set local role %s", role));
    enum status status = dump_open(rig->conn, &table, names, 1, &dump, &err);
    struct span image;
    if (status == STATUS_OK) {
        status = dump_next(dump, &image, &err);
    }
    CHECK_INT(status, STATUS_SQL);
    CHECK_STR(err.sqlstate, "42501");
    dump_close(dump);
    conn_rollback(rig->conn);
    conn_do(rig->conn, arena_printf(test_arena(), "drop owned by %s", role));
    conn_do(rig->conn, arena_printf(test_arena(), "drop role %s", role));
}

/* -- values beyond what a packet may hold, on servers that have packets -----------------------------------
 */

/* A connection of the time when the server took packets of so many MiB. */
static struct conn *
open_with_packets(struct rig *rig, int mebibytes)
{
    own_do(rig->server, arena_printf(test_arena(), "set global max_allowed_packet = %d", mebibytes << 20));
    return rig_open(rig, (struct conn_params){.application = "packets"});
}

PLAIN_CASE(stream, a_value_larger_than_a_packet_is_read_whole_and_refused_on_its_way_back)
{
    struct err err = {0};
    if (rig->engine != ENGINE_mysql) {
        test_skip("no packets here");
        return;
    }
    const char *before = conn_ask(rig->server, "select @@global.max_allowed_packet");
    struct conn *wide = open_with_packets(rig, 64);
    struct rows rows = {0};
    own_do(wide, "create table zoo (id int primary key, b longblob)");
    own_do(wide, "insert into zoo values (1, 'small'), (2, repeat('x', 20 << 20)), (3, 'small')");
    struct table table = describe(rig, "zoo");
    CHECK_OK(conn_begin(wide, TXN_READ, &err));
    CHECK_OK(dump_table(wide, &table, &rows, &err));
    CHECK_INT(rows.ends.n, 3);
    CHECK(rows.images.len > 20 << 20);
    CHECK_OK(conn_commit(wide, &err));

    struct conn *narrow = open_with_packets(rig, 4);
    struct rows again = {0};
    CHECK_OK(conn_begin(narrow, TXN_READ, &err));
    CHECK_OK(dump_table(narrow, &table, &again, &err));
    CHECK(hash128_eq(rows.sum, again.sum));
    CHECK_OK(conn_commit(narrow, &err));
    own_do(narrow, "delete from zoo");
    CHECK_OK(conn_begin(narrow, TXN_WRITE, &err));
    CHECK_INT(load_table(narrow, &table, &rows, &err), STATUS_SQL);
    CHECK(strstr(err.hint, "max_allowed_packet") != NULL);
    conn_rollback(narrow);
    CHECK_INT(conn_count(narrow, "zoo"), 0);
    conn_close(narrow);
    own_do(rig->server, arena_printf(test_arena(), "set global max_allowed_packet = %s", before));
    conn_close(wide);
    buf_release(&rows.images);
    buf_release(&again.images);
}

PLAIN_CASE(stream, many_rows_go_into_packets_that_hold_few)
{
    struct err err = {0};
    struct rows rows = {0};
    if (rig->engine != ENGINE_mysql) {
        test_skip("no packets here");
        return;
    }
    const char *before = conn_ask(rig->server, "select @@global.max_allowed_packet");
    rig_do(rig, "create table zoo (id int primary key, t text)",
           "insert into zoo select seq, repeat('y', 9000) from " MY_HUNDRED_THOUSAND " where seq <= 1000",
           NULL);
    struct table table = describe(rig, "zoo");
    struct conn *narrow = open_with_packets(rig, 1);
    CHECK_OK(conn_begin(narrow, TXN_WRITE, &err));
    CHECK_OK(dump_table(narrow, &table, &rows, &err));
    own_do(narrow, "delete from zoo");
    CHECK_OK(load_table(narrow, &table, &rows, &err));
    CHECK_OK(conn_commit(narrow, &err));
    own_do(rig->server, arena_printf(test_arena(), "set global max_allowed_packet = %s", before));
    CHECK_STR(conn_ask(rig->conn, "select concat(count(*), ' ', sum(length(t))) from zoo"), "1000 9000000");
    conn_close(narrow);
    buf_release(&rows.images);
}

/* Every row of every table as it was when the transaction began. */
PLAIN_CASE(stream, several_tables_are_read_as_of_one_instant)
{
    struct err err = {0};
    struct rows a = {0};
    struct rows b = {0};
    if (rig->engine == ENGINE_sqlite) {
        test_skip("a writer waits for the reader here");
        return;
    }
    rig_do(rig, "create table a (id integer primary key, x integer)", "insert into a values (1, 10), (2, 20)",
           "create table b (id integer primary key, x integer)", "insert into b values (3, 30)", NULL);
    struct conn *other = rig_open(rig, (struct conn_params){.application = "other"});
    struct table tables[] = {describe(rig, "a"), describe(rig, "b")};
    CHECK_OK(conn_begin(rig->conn, TXN_READ, &err));
    CHECK_OK(dump_table(rig->conn, &tables[0], &a, &err));
    conn_do(other, "delete from a where id = 2");
    conn_do(other, "insert into b values (2, 20)");
    CHECK_OK(dump_table(rig->conn, &tables[1], &b, &err));
    CHECK_INT(a.ends.n, 2);
    CHECK_INT(b.ends.n, 1);
    CHECK_OK(conn_commit(rig->conn, &err));
    conn_close(other);
    buf_release(&a.images);
    buf_release(&b.images);
}

/* -- refills and counters -------------------------------------------------------------------------------- */

PLAIN_CASE(stream, a_refill_keeps_triggers_quiet_and_checks_foreign_keys)
{
    struct err err = {0};
    rig_do(rig, "create table parent (id integer primary key)",
           "create table child (id integer primary key, p integer, foreign key (p) references parent (id))",
           "insert into parent values (1), (2)", "insert into child values (1, 1), (2, 2)", NULL);
    struct table tables[] = {describe(rig, "parent"), describe(rig, "child")};
    if (rig->engine == ENGINE_postgres) {
        rig_do(rig, "create table log (id integer)",
               "create function note() returns trigger language plpgsql as $$ begin insert into log values "
               "(new.id); return new; end $$",
               "create trigger noting before insert on parent for each row execute function note()", NULL);
    } else if (rig->engine == ENGINE_sqlite) {
        rig_do(rig, "create table log (id integer)",
               "create trigger noting after insert on parent begin insert into log values (new.id); end",
               NULL);
    } else {
        rig_do(rig, "create table log (id integer)",
               "create trigger noting before insert on parent for each row insert into log values (new.id)",
               NULL);
    }
    struct rows rows = {0};
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    CHECK_OK(dump_table(rig->conn, &tables[0], &rows, &err));
    CHECK_OK(conn_refill_begin(rig->conn, tables, 1, &err));
    CHECK_OK(conn_refill_clear(rig->conn, &tables[0], &err));
    CHECK_OK(load_table(rig->conn, &tables[0], &rows, &err));
    CHECK_OK(conn_refill_end(rig->conn, tables, 1, true, &err));
    CHECK_OK(conn_commit(rig->conn, &err));
    CHECK_INT(conn_count(rig->conn, "parent"), 2);
    CHECK_INT(conn_count(rig->conn, "log"), 0);
    conn_do(rig->conn, "insert into parent values (3)");
    CHECK_INT(conn_count(rig->conn, "log"), 1);
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    CHECK_OK(conn_refill_begin(rig->conn, tables, 1, &err));
    CHECK_OK(conn_refill_clear(rig->conn, &tables[0], &err));
    CHECK_INT(conn_refill_end(rig->conn, tables, 1, true, &err), STATUS_POLICY);
    conn_rollback(rig->conn);
    CHECK_OK(conn_refill_end(rig->conn, tables, 1, false, &err));
    CHECK_INT(conn_count(rig->conn, "parent"), 3);
    conn_do(rig->conn, "insert into parent values (4)");
    CHECK_INT(conn_count(rig->conn, "log"), 2);
    buf_release(&rows.images);
}

PLAIN_CASE(stream, statements_of_a_refill_take_dates_that_are_none)
{
    struct err err = {0};
    if (rig->engine != ENGINE_mysql) {
        test_skip("every date is one here");
        return;
    }
    rig_do(rig, "create table zoo (id integer primary key, d date, at datetime)", NULL);
    own_do(rig->conn, "insert into zoo values (1, '2024-02-31', '0000-00-00'), (2, '2024-00-00', null)");
    struct table table = describe(rig, "zoo");
    CHECK_OK(conn_begin(rig->conn, TXN_WRITE, &err));
    CHECK_OK(conn_refill_begin(rig->conn, &table, 1, &err));
    own_do(rig->conn,
           "update zoo set d = if(id = 1, d, '2023-02-29'), at = coalesce(at, '0000-00-00 00:00:00')");
    CHECK_OK(conn_refill_end(rig->conn, &table, 1, true, &err));
    CHECK_OK(conn_commit(rig->conn, &err));
    CHECK_STR(conn_ask(rig->conn, "select group_concat(concat(d, ' ', at)) from zoo"),
              "2024-02-31 0000-00-00 00:00:00,2023-02-29 0000-00-00 00:00:00");
}

CASE(stream, counters_go_forwards_only)
{
    struct err err = {0};
    struct counters counters;
    rig_do(rig,
           ON_ENGINE(rig, "create table zoo (id integer primary key autoincrement, x integer)",
                     "create table zoo (id integer generated always as identity, x integer)",
                     "create table zoo (id integer auto_increment primary key, x integer)"),
           "insert into zoo (x) values (1)", "insert into zoo (x) values (2)", NULL);
    struct table table = describe(rig, "zoo");
    CHECK_OK(conn_counters(rig->conn, &table, test_arena(), &counters, &err));
    if (!CHECK_INT(counters.n, 1)) {
        return;
    }
    CHECK_STR(counters.items[0].column, "id");
    CHECK_INT(counters.items[0].next, 3);
    static const int64_t steps[][2] = {{2, 3}, {40, 40}, {3, 41}};
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        counters.items[0].next = steps[i][0];
        CHECK_OK(conn_raise_counter(rig->conn, &table, &counters.items[0], &err));
        conn_do(rig->conn, "insert into zoo (x) values (0)");
        CHECK_STR(conn_ask(rig->conn, "select max(id) from {s}zoo"),
                  arena_printf(test_arena(), "%lld", (long long)steps[i][1]));
    }
}

/* -- by several connections -------------------------------------------------------------------------------
 */

PLAIN_CASE(stream, two_connections_read_the_same_rows_by_pages)
{
    struct err err = {0};
    const char *token = NULL;
    uint64_t pages = 0;
    rig_do(rig, "create table zoo (id integer)", "insert into zoo values (0)", NULL);
    if (rig->engine == ENGINE_postgres) {
        conn_do(rig->conn, "insert into zoo select i from generate_series(1, 9999) i");
    }
    struct table table = describe(rig, "zoo");
    struct conn *other = rig_open(rig, (struct conn_params){.application = "contract"});
    struct rows parts[3] = {{.n_columns = 0}};
    CHECK_OK(conn_begin(rig->conn, TXN_READ, &err));
    CHECK_OK(conn_share_rows(rig->conn, &table, test_arena(), &token, &pages, &err));
    if (rig->engine != ENGINE_postgres) {
        CHECK_INT(pages, 0);
    } else if (CHECK(pages > 10)) {
        CHECK_OK(conn_join_rows(other, token, &err));
        struct conn *writer = rig_open(rig, (struct conn_params){.application = "contract"});
        conn_do(writer, "delete from zoo where id % 2 = 0");
        conn_do(writer, "insert into zoo select 1 from generate_series(1, 5000)");
        conn_close(writer);
        CHECK_OK(dump_table(rig->conn, &table, &parts[0], &err));
        table.until_page = pages / 3;
        CHECK_OK(dump_table(rig->conn, &table, &parts[1], &err));
        table.from_page = pages / 3;
        table.until_page = 0;
        CHECK_OK(dump_table(other, &table, &parts[2], &err));
        CHECK_INT(parts[0].ends.n, 10000);
        CHECK(parts[1].ends.n > 2000 && parts[2].ends.n > 4000);
        CHECK_INT(parts[1].ends.n + parts[2].ends.n, 10000);
        CHECK(hash128_eq(hash128_add(parts[1].sum, parts[2].sum), parts[0].sum));
    }
    conn_rollback(other);
    conn_rollback(rig->conn);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        buf_release(&parts[i].images);
    }
    conn_close(other);
}

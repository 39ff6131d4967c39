#include "contract/rig.h"

#include <stdio.h>
#include <string.h>

#define MY_CASE(group, name)                                                                                 \
    static void case_##group##_##name(struct rig *rig);                                                      \
    CASE_ON(mysql, plain, group, name)                                                                       \
    static void case_##group##_##name(struct rig *rig)

static bool
is_mariadb(const struct rig *rig)
{
    return str_eq(rig->conn->identity.engine, "mariadb");
}

/* What MariaDB and MySQL say of the same thing. */
#define ON_SERVER(rig, mariadb, mysql) (is_mariadb(rig) ? (mariadb) : (mysql))

static struct catalog *
read_schema(struct rig *rig)
{
    struct err err = {0};
    struct catalog *catalog = arena_new(test_arena(), struct catalog);
    catalog_init(catalog);
    CHECK_OK(conn_catalog(rig->conn, catalog, &err));
    return catalog;
}

/* The object's text, "(generated) " before it when its name may be made up; copied, the catalogue is
 * released. */
static const char *
text_of(struct rig *rig, enum object_kind kind, const char *name)
{
    struct catalog *catalog = read_schema(rig);
    const struct object *object = catalog_find(catalog, kind, name);
    const char *text = object == NULL
                           ? "(none)"
                           : arena_printf(test_arena(), "%s%s",
                                          object->is_name_generated ? "(generated) " : "", object->text);
    catalog_release(catalog);
    return text;
}

static const char *
stored_of(struct rig *rig, enum object_kind kind, const char *name)
{
    struct catalog *catalog = read_schema(rig);
    const struct object *object = catalog_find(catalog, kind, name);
    const char *stored = object == NULL ? "(none)" : arena_strdup(test_arena(), object->stored);
    catalog_release(catalog);
    return stored;
}

/* Adds the settings that every body has, which are the server's affair. */
static bool
ends_with(const char *text, const char *tail)
{
    bool ok = CHECK(str_ends(text, tail));
    if (!ok) {
        printf("    got: %s\n", text);
    }
    return ok;
}

MY_CASE(my_catalog, tables_have_what_was_said_of_them)
{
    rig_do(rig,
           "create table a (id int primary key auto_increment) engine = InnoDB row_format = compressed "
           "comment 'it''s' "
           "default charset = latin1 auto_increment = 500",
           "create table b (id int) engine = MyISAM character set utf8mb4 collate utf8mb4_bin",
           "create table p (id int, y int, primary key (id, y)) engine = InnoDB character set latin1 "
           "partition by range "
           "(y) (partition p0 values less than (10) comment 'old', partition p1 values less than maxvalue)",
           NULL);
    CHECK_STR(text_of(rig, OBJECT_TABLE, "a"),
              "engine InnoDB collate latin1_swedish_ci row_format=COMPRESSED comment 'it''s'");
    CHECK_STR(text_of(rig, OBJECT_TABLE, "b"), "engine MyISAM collate utf8mb4_bin");
    CHECK_STR(text_of(rig, OBJECT_TABLE, "p"), "engine InnoDB collate latin1_swedish_ci partition by RANGE "
                                               "(`y`) partition p0 values 10 comment 'old' "
                                               "partition p1 values MAXVALUE");
}

MY_CASE(my_catalog, rows_and_counters_are_no_schema)
{
    rig_do(rig, "create table a (id int primary key auto_increment) engine = InnoDB", NULL);
    struct catalog *before = read_schema(rig);
    rig_do(rig, "insert into a values (77)", "alter table a auto_increment = 1000", NULL);
    struct catalog *after = read_schema(rig);
    CHECK(hash128_eq(before->fingerprint, after->fingerprint));
    catalog_release(before);
    catalog_release(after);
}

MY_CASE(my_catalog, columns_have_type_default_and_the_rest)
{
    static const struct {
        const char *name;
        const char *definition;
        const char *mariadb;
        const char *mysql;
    } rows[] = {
        {"a", "bigint unsigned not null auto_increment unique", "bigint(20) unsigned not null auto_increment",
         "bigint unsigned not null auto_increment"},
        {"b", "varchar(20) character set utf8mb4 collate utf8mb4_bin default 'x''y\\\\z' comment 'it''s'",
         "varchar(20) collate utf8mb4_bin default 'x''y\\\\z' comment 'it''s'",
         "varchar(20) collate utf8mb4_bin default 'x''y\\z' comment 'it''s'"},
        {"c", "timestamp(3) not null default current_timestamp(3) on update current_timestamp(3)",
         "timestamp(3) not null default current_timestamp(3) on update current_timestamp(3)",
         "timestamp(3) not null default CURRENT_TIMESTAMP(3) on update current_timestamp(3)"},
        {"d", "decimal(10, 2) null default 1.5", "decimal(10,2) default 1.50",
         "decimal(10,2) default '1.50'"},
        {"e", "enum('a', 'b,c') character set ascii not null default 'a'",
         "enum('a','b,c') collate ascii_general_ci not null default 'a'",
         "enum('a','b,c') collate ascii_general_ci not null default 'a'"},
        {"f", "int generated always as (d + 1) stored", "int(11) generated always as (`d` + 1) stored",
         "int generated always as ((`d` + 1)) stored"},
        {"g", "int as (d * 2) virtual invisible", "int(11) generated always as (`d` * 2) virtual invisible",
         "int generated always as ((`d` * 2)) virtual invisible"},
        {"h", "char(36) character set ascii default (uuid())",
         "char(36) collate ascii_general_ci default uuid()",
         "char(36) collate ascii_general_ci default uuid()"},
        {"i", "json", "longtext collate utf8mb4_bin check (json_valid(`i`))", "json"},
        {"j", "varchar(4) character set ascii default ''", "varchar(4) collate ascii_general_ci default ''",
         "varchar(4) collate ascii_general_ci default ''"},
        {"k", "varchar(4) character set ascii default 'NULL'",
         "varchar(4) collate ascii_general_ci default 'NULL'",
         "varchar(4) collate ascii_general_ci default 'NULL'"},
        {"l", "bit(3) default b'101'", "bit(3) default b'101'", "bit(3) default 'b''101'''"},
        {"m", "int null default null", "int(11)", "int"},
    };
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    buf_str(&sql, "create table t (");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        buf_printf(&sql, "%s%s %s", i > 0 ? ", " : "", rows[i].name, rows[i].definition);
    }
    buf_str(&sql, ") engine = InnoDB");
    conn_do(rig->conn, buf_cstr(&sql));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CHECK_STR(text_of(rig, OBJECT_COLUMN, arena_printf(test_arena(), "t.%s", rows[i].name)),
                  ON_SERVER(rig, rows[i].mariadb, rows[i].mysql));
    }
}

MY_CASE(my_catalog, keys_have_columns_and_made_up_names_are_known)
{
    rig_do(rig, "create table p (a int, b int, primary key (a), unique (b)) engine = InnoDB",
           "create table t (a int, b int not null, c varchar(50) character set ascii, d text character set "
           "ascii, primary "
           "key (b), unique (c), unique key mine (a, b), key (c), key by_d (d(10), a), fulltext key ft (d), "
           "foreign key "
           "(a) references p (a) on delete cascade, constraint named foreign key (a) references p (b) on "
           "update set "
           "null, check (b > 5), constraint positive check (b > 0)) engine = InnoDB",
           NULL);
    CHECK_STR(text_of(rig, OBJECT_CONSTRAINT, "t.PRIMARY"), "primary key BTREE (b)");
    CHECK_STR(text_of(rig, OBJECT_CONSTRAINT, "t.c"), "(generated) unique BTREE (c)");
    CHECK_STR(text_of(rig, OBJECT_CONSTRAINT, "t.mine"), "unique BTREE (a, b)");
    CHECK_STR(text_of(rig, OBJECT_INDEX, "t.c_2"), "(generated) BTREE (c)");
    CHECK_STR(text_of(rig, OBJECT_INDEX, "t.by_d"), "BTREE (d(10), a)");
    CHECK_STR(text_of(rig, OBJECT_INDEX, "t.ft"), "FULLTEXT (d)");
    CHECK_STR(text_of(rig, OBJECT_FOREIGN_KEY, "t.t_ibfk_1"),
              "(generated) foreign key (a) references p (a) on delete CASCADE on update NO ACTION");
    CHECK_STR(text_of(rig, OBJECT_FOREIGN_KEY, "t.named"),
              "foreign key (a) references p (b) on delete NO ACTION on update SET NULL");
    CHECK_STR(text_of(rig, OBJECT_CONSTRAINT, ON_SERVER(rig, "t.CONSTRAINT_1", "t.t_chk_1")),
              ON_SERVER(rig, "(generated) check (`b` > 5)", "(generated) check ((`b` > 5))"));
    CHECK_STR(text_of(rig, OBJECT_CONSTRAINT, "t.positive"),
              ON_SERVER(rig, "check (`b` > 0)", "check ((`b` > 0))"));
}

MY_CASE(my_catalog, what_restrict_and_no_action_differ_in_is_spelling)
{
    struct catalog_diff diff;
    rig_do(rig, "create table p (a int primary key) engine = InnoDB",
           "create table t (a int, constraint f foreign key (a) references p (a) on delete restrict) engine "
           "= InnoDB",
           NULL);
    struct catalog *before = read_schema(rig);
    rig_do(rig, "alter table t drop foreign key f",
           "alter table t add constraint f foreign key (a) references p (a) on delete no action", NULL);
    struct catalog *after = read_schema(rig);
    catalog_diff(before, after, test_arena(), &diff);
    CHECK(diff.class <= CHANGE_CLASS_TEXT);
    catalog_release(before);
    catalog_release(after);
}

MY_CASE(my_catalog, nothing_says_the_databases_name)
{
    rig_do(rig, "create table t (a int primary key, b varchar(90) character set utf8mb4) engine = InnoDB",
           arena_printf(test_arena(), "create view v as select a, '%s' as `%s` from %s.t where b <> '`%s`.'",
                        rig->name, rig->name, rig->name, rig->name),
           "create view w as select v.a, t.b from v join t on v.a = t.a", NULL);
    ends_with(text_of(rig, OBJECT_VIEW, "v"),
              arena_printf(
                  test_arena(),
                  ON_SERVER(rig, " as select `t`.`a` AS `a`,'%s' AS `%s` from `t` where `t`.`b` <> '`%s`.'",
                            " as select `t`.`a` AS `a`,'%s' AS `%s` from `t` where (`t`.`b` <> '`%s`.')"),
                  rig->name, rig->name, rig->name));
    ends_with(
        text_of(rig, OBJECT_VIEW, "w"),
        ON_SERVER(rig, " as select `v`.`a` AS `a`,`t`.`b` AS `b` from (`v` join `t` on(`v`.`a` = `t`.`a`))",
                  " as select `v`.`a` AS `a`,`t`.`b` AS `b` from (`v` join `t` on((`v`.`a` = `t`.`a`)))"));
}

MY_CASE(my_catalog, a_view_of_what_is_gone_still_has_its_text)
{
    rig_do(rig, "create table t (a int)", "create view v as select a from t", "drop table t", NULL);
    ends_with(text_of(rig, OBJECT_VIEW, "v"), " as select `t`.`a` AS `a` from `t`");
}

MY_CASE(my_catalog, bodies_count_by_their_words)
{
    rig_do(rig, "create table t (a int)",
           "create procedure p(in a int, out b varchar(20) character set ascii) reads sql data comment "
           "'x'\nbegin\n  -- "
           "one\n  select 'a  b' into b; /* two */\nend",
           "create function f(a int) returns int deterministic no sql sql security invoker return a + 1",
           "create trigger tr before insert on t for each row\n  set new.a =   1",
           "create event e on schedule every 1 day starts '2030-01-01 00:00:00' disable do delete\nfrom t",
           NULL);
    const char *procedure = text_of(rig, OBJECT_PROCEDURE, "p");
    CHECK(str_starts(
        procedure, ON_SERVER(rig,
                             "(IN a int(11), OUT b varchar(20) collate ascii_general_ci) READS SQL DATA sql "
                             "security DEFINER comment 'x' sql_mode ",
                             "(IN a int, OUT b varchar(20) collate ascii_general_ci) READS SQL DATA sql "
                             "security DEFINER comment 'x' sql_mode ")));
    ends_with(procedure, " as begin select 'a  b' into b; end");
    CHECK_STR(stored_of(rig, OBJECT_PROCEDURE, "p"),
              "begin\n  -- one\n  select 'a  b' into b; /* two */\nend");
    const char *function = text_of(rig, OBJECT_FUNCTION, "f");
    CHECK(str_starts(
        function, ON_SERVER(rig, "(IN a int(11)) returns int(11) deterministic NO SQL sql security INVOKER",
                            "(IN a int) returns int deterministic NO SQL sql security INVOKER")));
    ends_with(function, " as return a + 1");
    CHECK(str_starts(text_of(rig, OBJECT_TRIGGER, "tr"), "BEFORE INSERT on t order 1 sql_mode "));
    ends_with(text_of(rig, OBJECT_TRIGGER, "tr"), " as set new.a = 1");
    CHECK(str_starts(
        text_of(rig, OBJECT_EVENT, "e"),
        "RECURRING every 1 DAY starts 2030-01-01 00:00:00 DISABLED on completion NOT PRESERVE time_zone "));
    ends_with(text_of(rig, OBJECT_EVENT, "e"), " do delete from t");
}

MY_CASE(my_catalog, a_body_with_other_blanks_differs_in_text_only)
{
    struct catalog_diff diff;
    rig_do(rig, "create procedure p() begin select 1; end", NULL);
    struct catalog *before = read_schema(rig);
    rig_do(rig, "drop procedure p", "create procedure p()\nbegin\n    select 1;\nend", NULL);
    struct catalog *after = read_schema(rig);
    catalog_diff(before, after, test_arena(), &diff);
    CHECK_INT(diff.class, CHANGE_CLASS_TEXT);
    catalog_release(before);
    catalog_release(after);
}

MY_CASE(my_catalog, sequences_have_their_bounds_and_not_their_place)
{
    if (!is_mariadb(rig)) {
        test_skip("MySQL has no sequences");
        return;
    }
    rig_do(rig, "create sequence s start with 5 increment by 2 maxvalue 100 cycle cache 7",
           "create table t (a int default nextval(s))", NULL);
    CHECK_STR(text_of(rig, OBJECT_SEQUENCE, "s"),
              "start 5 minvalue 1 maxvalue 100 increment 2 cache 7 cycle");
    CHECK_STR(text_of(rig, OBJECT_COLUMN, "t.a"), "int(11) default nextval(`s`)");
    (void)conn_ask(rig->conn, "select nextval(s)");
    CHECK_STR(text_of(rig, OBJECT_SEQUENCE, "s"),
              "start 5 minvalue 1 maxvalue 100 increment 2 cache 7 cycle");
}

MY_CASE(my_catalog, what_only_mysql_has_is_read)
{
    if (is_mariadb(rig)) {
        test_skip("MariaDB has none of it");
        return;
    }
    rig_do(rig,
           "create table t (a int, g point not null srid 4326, key hidden (a) invisible, key ((a + 1)), key "
           "(a desc), check "
           "(a > 1) not enforced)",
           NULL);
    CHECK_STR(text_of(rig, OBJECT_COLUMN, "t.g"), "point srid 4326 not null");
    CHECK_STR(text_of(rig, OBJECT_INDEX, "t.hidden"), "BTREE (a) invisible");
    CHECK_STR(text_of(rig, OBJECT_INDEX, "t.functional_index"), "(generated) BTREE (((`a` + 1)))");
    CHECK_STR(text_of(rig, OBJECT_INDEX, "t.a"), "(generated) BTREE (a desc)");
    CHECK_STR(text_of(rig, OBJECT_CONSTRAINT, "t.t_chk_1"), "(generated) check ((`a` > 1)) not enforced");
}

MY_CASE(my_catalog, grants_on_the_database_are_part_of_it)
{
    const char *user = arena_printf(test_arena(), "'%.24s'@'localhost'", rig->name);
    rig_do(rig, "create table t (a int)", arena_printf(test_arena(), "create user %s", user),
           arena_printf(test_arena(), "grant select, insert on t to %s", user),
           arena_printf(test_arena(), "grant update (a) on t to %s with grant option", user),
           arena_printf(test_arena(), "grant create view on `%s`.* to %s", rig->name, user), NULL);
    CHECK_STR(text_of(rig, OBJECT_GRANT, arena_printf(test_arena(), "%s on t: INSERT", user)), "grantable");
    CHECK_STR(text_of(rig, OBJECT_GRANT, arena_printf(test_arena(), "%s on t.a: UPDATE", user)), "grantable");
    CHECK_STR(text_of(rig, OBJECT_GRANT, arena_printf(test_arena(), "%s on (database): CREATE VIEW", user)),
              "granted");
    rig_do(rig, arena_printf(test_arena(), "drop user %s", user), NULL);
}

MY_CASE(my_catalog, odd_names_are_read)
{
    rig_do(rig, "create table `a``b 'c` (`d\\\\e` int, `f.g` int, key `h i` (`f.g`))", NULL);
    CHECK(str_starts(text_of(rig, OBJECT_TABLE, "a`b 'c"), "engine "));
    CHECK_STR(text_of(rig, OBJECT_INDEX, "a`b 'c.h i"), "BTREE (f.g)");
}

MY_CASE(my_catalog, a_url_without_a_database_is_usage)
{
    struct err err = {0};
    struct catalog catalog;
    const char *slash = strchr(strstr(rig->server_url, "://") + 3, '/');
    const char *url = arena_strndup(test_arena(), rig->server_url, (size_t)(slash - rig->server_url));
    struct conn *conn = rig_open(rig, (struct conn_params){.url = url});
    catalog_init(&catalog);
    CHECK_INT(conn_catalog(conn, &catalog, &err), STATUS_USAGE);
    catalog_release(&catalog);
    conn_close(conn);
}

/* Ours come and go; what the server counts is not what the schema says. */
MY_CASE(my_catalog, the_place_of_a_trigger_is_among_those_of_the_user)
{
    rig_do(rig, "create table t (a int)", "create trigger rollcall_ours before insert on t for each row set @x = 1",
           "create trigger one before insert on t for each row set new.a = 1",
           "create trigger two before insert on t for each row set new.a = 2", NULL);
    struct err err = {0};
    struct catalog with;
    struct catalog without;
    catalog_init(&with);
    catalog_init(&without);
    CHECK_OK(conn_catalog(rig->conn, &with, &err));
    conn_do(rig->conn, "drop trigger rollcall_ours");
    CHECK_OK(conn_catalog(rig->conn, &without, &err));
    CHECK_INT(with.n, without.n);
    CHECK(hash128_eq(with.fingerprint, without.fingerprint));
    CHECK(strstr(catalog_find(&with, OBJECT_TRIGGER, "two")->text, "order 2") != NULL);
    catalog_release(&with);
    catalog_release(&without);
}

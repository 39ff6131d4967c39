#include "harness.h"

#include "base/buf.h"
#include "mysql/my_conn.h"
#include "mysql/my_script.h"

#include <string.h>

static const struct {
    unsigned flag;
    const char *name;
} flag_names[] = {
    {EFFECT_IF_EXISTS, "if-exists"},   {EFFECT_IF_NOT_EXISTS, "if-not-exists"},
    {EFFECT_OR_REPLACE, "or-replace"}, {EFFECT_CASCADE, "cascade"},
    {EFFECT_NOT_NULL, "not-null"},     {EFFECT_HAS_DEFAULT, "default"},
    {EFFECT_UNIQUE, "unique"},         {EFFECT_VOLATILE_DEFAULT, "volatile"},
    {EFFECT_PRIMARY, "primary"},       {EFFECT_FOREIGN_KEY, "foreign"},
    {EFFECT_CHECK, "check"},           {EFFECT_NO_WHERE, "all"},
    {EFFECT_TEMPORARY, "temporary"},   {EFFECT_REPLACE_ROWS, "replaces"},
    {EFFECT_INLINE, "inline"},         {EFFECT_STORED_GENERATED, "stored"},
    {EFFECT_REWRITE, "rewrite"},       {EFFECT_AUTO_INCREMENT, "auto"},
    {EFFECT_WHOLE_COLUMN, "whole"},
};

static void
show(struct buf *out, const struct effect *effect)
{
    const struct {
        const char *word;
        const char *value;
    } parts[] = {{"", effect->name},        {"on ", effect->table}, {".", effect->column},
                 {"to ", effect->new_name}, {": ", effect->type},   {"= ", effect->detail}};
    bool is_object = effect->kind <= EFFECT_ALTER;
    buf_printf(out, "%s%s%s", effect_kind_name(effect->kind), is_object ? " " : "",
               is_object ? object_kind_name(effect->object) : "");
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (parts[i].value[0] != '\0') {
            buf_printf(out, " %s%s", parts[i].word, parts[i].value);
        }
    }
    for (size_t i = 0; i < COUNT_OF(flag_names); i++) {
        if (effect->flags & flag_names[i].flag) {
            buf_printf(out, " +%s", flag_names[i].name);
        }
    }
    buf_char(out, '\n');
}

/* A line for each effect of the script. */
static const char *
effects_of(const char *script)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    struct pieces pieces;
    struct effects effects;
    struct err err = {0};
    if (!CHECK_OK(my_split(NULL, span_of(script), test_arena(), &pieces, &err)) ||
        !CHECK_OK(my_effects(NULL, &pieces, test_arena(), &effects, &err))) {
        return err.msg[0] == '\0' ? "" : arena_strdup(test_arena(), err.msg);
    }
    for (size_t i = 0; i < effects.n; i++) {
        CHECK(pieces.items[effects.items[i].piece].kind == PIECE_STATEMENT);
        show(&out, &effects.items[i]);
    }
    return arena_strdup(test_arena(), buf_cstr(&out));
}

TEST(my_effect, create_table_tells_every_member)
{
    CHECK_STR(
        effects_of("CREATE TABLE IF NOT EXISTS `shop`.`t` (\n"
                   "  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, -- the key\n"
                   "  `a b` VARCHAR ( 20 ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT 'x''y' COMMENT "
                   "'it, (is)',\n"
                   "  price DECIMAL(10 , 2) NOT NULL DEFAULT -1.5 CHECK (price > 0),\n"
                   "  kind ENUM('a', 'b,c') NULL DEFAULT NULL,\n"
                   "  at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),\n"
                   "  total INT GENERATED ALWAYS AS (a + 1) STORED INVISIBLE,\n"
                   "  code CHAR(36) DEFAULT (uuid()) UNIQUE KEY,\n"
                   "  parent INT REFERENCES p (id) ON DELETE SET NULL,\n"
                   "  PRIMARY KEY (id) USING BTREE, UNIQUE KEY u (`a b`(10), price DESC), KEY (kind), "
                   "FULLTEXT ft (`a b`),\n"
                   "  CONSTRAINT fk FOREIGN KEY fki (parent, kind) REFERENCES q (x, y) ON UPDATE CASCADE,\n"
                   "  FOREIGN KEY (parent) REFERENCES q (x), CONSTRAINT c CHECK (price < 9) NOT ENFORCED, "
                   "CHECK (1)\n"
                   ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='x' /*!50100 PARTITION BY HASH (id) */"),
        "create table shop.t +if-not-exists\n"
        "add column on shop.t .id : bigint unsigned +not-null +inline +auto\n"
        "add column on shop.t .a b : varchar(20) = 'x''y' +default +inline\n"
        "add column on shop.t .price : decimal(10,2) = -1.5 +not-null +default +check +inline\n"
        "add column on shop.t .kind : enum('a','b,c') +inline\n"
        "add column on shop.t .at : timestamp(3) = CURRENT_TIMESTAMP(3) +not-null +default +inline\n"
        "add column on shop.t .total : int = (a + 1) +inline +stored\n"
        "add column on shop.t .code : char(36) = (uuid()) +default +unique +volatile +inline\n"
        "add column on shop.t .parent : int +foreign +inline\n"
        "create foreign key on shop.t .parent = (parent) REFERENCES p (id) ON DELETE SET NULL +foreign "
        "+inline\n"
        "create constraint on shop.t .id = (id) USING BTREE +primary +inline\n"
        "create constraint u on shop.t = (`a b`(10), price DESC) +unique +inline\n"
        "create index on shop.t .kind = (kind) +inline\n"
        "create index ft on shop.t .a b = (`a b`) +inline\n"
        "create foreign key fk on shop.t = (parent, kind) REFERENCES q (x, y) ON UPDATE CASCADE +foreign "
        "+inline\n"
        "create foreign key on shop.t .parent = (parent) REFERENCES q (x) +foreign +inline\n"
        "create constraint c on shop.t = (price < 9) NOT ENFORCED +check +inline\n"
        "create constraint on shop.t = (1) +check +inline\n");
}

TEST(my_effect, tables_from_other_tables_have_unknown_columns)
{
    CHECK_STR(
        effects_of("create table a like b; create or replace temporary table c (like d); create table e as "
                   "select 1; create table f (select 1); create table g (a int) select 1 as b"),
        "create table a\ncreate table c +or-replace +temporary\ncreate table e\ncreate table f\ncreate table "
        "g\nadd column on g .a : int +inline\n");
}

TEST(my_effect, types_are_spelled_one_way)
{
    CHECK_STR(
        effects_of(
            "create table t (a DOUBLE  PRECISION, b serial, c bool, d national varchar(3), e int(11) "
            "unsigned zerofill, f character varying (9), g char(1) byte, h long varchar, i text charset "
            "latin1, j char character set latin1, k set ('x' , 'y'))"),
        "create table t\nadd column on t .a : double precision +inline\n"
        "add column on t .b : bigint unsigned +not-null +unique +inline +auto\n"
        "add column on t .c : tinyint(1) +inline\nadd column on t .d : national varchar(3) +inline\n"
        "add column on t .e : int(11) unsigned zerofill +inline\n"
        "add column on t .f : character varying(9) +inline\nadd column on t .g : char(1) +inline\n"
        "add column on t .h : long varchar +inline\nadd column on t .i : text +inline\n"
        "add column on t .j : char +inline\nadd column on t .k : set('x','y') +inline\n");
}

TEST(my_effect, every_clause_of_alter_table_is_an_effect)
{
    CHECK_STR(
        effects_of(
            "ALTER TABLE t ADD COLUMN a INT NOT NULL AFTER b, ADD (c INT, d INT DEFAULT 1), DROP COLUMN e, "
            "DROP f, "
            "MODIFY g VARCHAR(9) NOT NULL DEFAULT 'x', CHANGE h i BIGINT FIRST, CHANGE COLUMN j J INT, "
            "ALTER COLUMN k SET DEFAULT (1 + 2), ALTER l DROP DEFAULT, ALTER INDEX m INVISIBLE, "
            "ADD INDEX n (a, c), ADD UNIQUE (a), ADD CONSTRAINT PRIMARY KEY (a), ADD CONSTRAINT o FOREIGN "
            "KEY (a) "
            "REFERENCES p (id), ADD CHECK (a > 0), DROP PRIMARY KEY, DROP INDEX q, DROP KEY `PRIMARY`, DROP "
            "FOREIGN "
            "KEY r, DROP CHECK s, DROP CONSTRAINT u, RENAME COLUMN v TO w, RENAME INDEX x TO y, RENAME TO z, "
            "ALGORITHM=INPLACE, LOCK=NONE"),
        "add column on t .a : int +not-null\nadd column on t .c : int\nadd column on t .d : int = 1 "
        "+default\n"
        "drop column on t .e\ndrop column on t .f\n"
        "column type on t .g : varchar(9) = 'x' +not-null +default +whole\n"
        "rename column h on t .h to i\ncolumn type on t .i : bigint +whole\ncolumn type on t .J : int "
        "+whole\n"
        "set default on t .k = (1 + 2) +default\ndrop default on t .l\nalter index m on t\n"
        "create index n on t = (a, c)\ncreate constraint on t .a = (a) +unique\n"
        "create constraint on t .a = (a) +primary\n"
        "create foreign key o on t .a = (a) REFERENCES p (id) +foreign\ncreate constraint on t = (a > 0) "
        "+check\n"
        "drop constraint on t +primary\ndrop index q on t\ndrop constraint on t +primary\n"
        "drop foreign key r on t +foreign\ndrop constraint s on t +check\ndrop constraint u on t\n"
        "rename column v on t .v to w\nrename index x on t to y\nrename table t to z\n");
}

TEST(my_effect, mariadb_says_if_exists_everywhere)
{
    CHECK_STR(
        effects_of(
            "alter online table if exists t wait 3 add column if not exists a int, drop column if exists "
            "b, modify if exists c int, drop foreign key if exists d, add index if not exists e (f), "
            "drop constraint if exists g, add constraint if not exists h check (1), rename index if "
            "exists i to j, drop index if exists k"),
        "add column on t .a : int +if-not-exists\ndrop column on t .b +if-exists\ncolumn type on t .c : int "
        "+whole\ndrop foreign key d on t +if-exists +foreign\ncreate index e on t .f = (f)\n"
        "drop constraint g on t +if-exists\ncreate constraint h on t = (1) +check\n"
        "rename index i on t to j\ndrop index k on t +if-exists\n");
}

TEST(my_effect, table_options_alter_and_some_rewrite)
{
    CHECK_STR(
        effects_of(
            "alter table t convert to character set utf8mb4 collate utf8mb4_bin; alter table t "
            "engine=InnoDB, comment 'x, y'; alter table t auto_increment = 5 default charset = latin1; "
            "alter table t drop partition p0, p1; alter table t truncate partition all; alter table t "
            "partition by range (a) (partition p0 values less than (1), partition p1 values less than "
            "(2)); alter table t exchange partition p with table u; alter table t discard tablespace; "
            "alter table t disable keys; optimize table t, u"),
        "alter table t on t = convert to character set utf8mb4 collate utf8mb4_bin +rewrite\n"
        "alter table t on t = engine=InnoDB +rewrite\nalter table t on t = comment 'x, y'\n"
        "alter table t on t = auto_increment = 5 default charset = latin1\ndelete on t\ntruncate on t\n"
        "alter table t on t = partition by range (a) (partition p0 values less than (1), partition p1 values "
        "less than (2)) +rewrite\n"
        "delete on t\ndelete on u\nunknown\nalter table t on t = disable keys\nalter table t on t "
        "+rewrite\nalter table u on u "
        "+rewrite\n");
}

TEST(my_effect, other_objects_come_and_go)
{
    CHECK_STR(
        effects_of(
            "create or replace algorithm=merge definer=`a`@`%` sql security invoker view v (x) as select 1 "
            "from t; create definer=root@localhost trigger tr before insert on shop.t for each row set "
            "new.a = 1; create procedure p(a int) begin select 1; end; create function if not exists f() "
            "returns int return 1; create event e on schedule every 1 day do delete from t; create "
            "sequence s; create database d; create user if not exists 'u'@'h' identified by 'secret'"),
        "create view v = (x) as select 1 from t +or-replace\n"
        "create trigger tr on shop.t = before insert on shop.t for each row set new.a = 1\n"
        "create procedure p = (a int) begin select 1; end\n"
        "create function f = () returns int return 1 +if-not-exists\n"
        "create event e = on schedule every 1 day do delete from t\n"
        "create sequence s\ncreate schema d\ncreate other 'u'@'h' +if-not-exists\n");
    CHECK_STR(
        effects_of(
            "drop table if exists a, b.c cascade; drop temporary table x; drop view v, w; drop trigger if "
            "exists s.tr; drop procedure p; drop function f; drop event e; drop sequence s; drop schema d; "
            "drop index i on t; drop index `PRIMARY` on t; drop user 'u'@'h'"),
        "drop table a +if-exists\ndrop table b.c +if-exists\ndrop table x +temporary\ndrop view v\ndrop view "
        "w\n"
        "drop trigger s.tr +if-exists\ndrop procedure p\ndrop function f\ndrop event e\ndrop sequence s\n"
        "drop schema d\ndrop index i on t\ndrop constraint on t +primary\ndrop other 'u'@'h'\n");
    CHECK_STR(
        effects_of(
            "create unique index i using btree on t (a(3)) comment 'x'; create fulltext index j on t (a, "
            "b); create index k on t ((a + 1)); alter view v as select 2; alter event e disable; alter "
            "database d character set utf8mb4"),
        "create index i on t .a = (a(3)) comment 'x' +unique\ncreate index j on t = (a, b)\ncreate index k "
        "on t "
        "= ((a + 1))\nalter view v = as select 2\nalter event e = disable\nalter schema d = character set "
        "utf8mb4\n");
}

TEST(my_effect, tables_are_renamed_one_by_one)
{
    CHECK_STR(effects_of("rename table a to b, c.d to e; rename tables f wait 1 to g"),
              "rename table a to b\nrename table c.d to e\nrename table f to g\n");
}

TEST(my_effect, written_rows_are_told_by_table)
{
    CHECK_STR(
        effects_of(
            "insert ignore into t (a) values (1); insert t set a = 1 on duplicate key update a = 2; replace "
            "into t values (1); insert into t select * from u on duplicate key update t.a = 3; load data "
            "infile 'x' replace into table t fields terminated by ','; truncate t; truncate table u"),
        "insert on t\ninsert on t +replaces\ninsert on t +replaces\ninsert on t +replaces\ninsert on t "
        "+replaces\ntruncate on t\ntruncate on u\n");
}

TEST(my_effect, updates_name_their_column_and_whether_all_rows_are_meant)
{
    CHECK_STR(
        effects_of(
            "update t set a = (select b from u where 1), c = 2; update low_priority t as x set x.a = 1 "
            "where x.b = 2; update t set a = if(a, 1, 2) order by b limit 3; update a join b x on a.id = "
            "x.id set x.c = a.c, x.d = 1; update a, b set a.x = 1, b.y = 2 where a.i = b.i; update a "
            "inner join (select 1 where 1) s on 1 set q = 1"),
        "update on t +all\nupdate on t .a\nupdate on t .a +all\nupdate on b\nupdate on a .x\nupdate on b .y\n"
        "update on a .q +all\n");
}

TEST(my_effect, deletes_name_their_targets)
{
    CHECK_STR(
        effects_of(
            "delete from t; delete from t where a = 1; delete a, x from a join b as x on a.id = x.id where "
            "1; delete from a.*, c using a join c; with c as (select 1) delete from t where a in (select * "
            "from c); delete quick from t x where x.a = 1; delete x from t x"),
        "delete on t +all\ndelete on t\ndelete on a\ndelete on b\ndelete on a\ndelete on c\ndelete on t\n"
        "delete on t\ndelete on t +all\n");
}

TEST(my_effect, settings_tell_name_and_plain_value)
{
    CHECK_STR(
        effects_of(
            "set foreign_key_checks = 0, session sql_mode = 'ANSI', @@local.time_zone = '+00:00', @x := 1 + "
            "1; set names utf8mb4; set global max_connections = 5; set transaction read only; set "
            "statement max_statement_time = 1 for drop table t; use shop; set password = 'x'"),
        "session foreign_key_checks : 0\nsession sql_mode : ANSI\nsession time_zone : +00:00\nsession @x\n"
        "session names : utf8mb4\nalter other max_connections : 5\nsession transaction : read only\ndrop "
        "table "
        "t\nsession database : shop\nalter other account\n");
}

TEST(my_effect, what_runs_other_statements_is_unknown)
{
    CHECK_STR(
        effects_of(
            "call p(); execute s; execute immediate 'drop table t'; begin not atomic a; end; analyze delete "
            "from t; frobnicate; alter table t frob(; kill 1"),
        "unknown\nunknown\nunknown\nunknown\nunknown\nunknown\nalter table t on t = frob(\nunknown\n");
}

TEST(my_effect, reading_locking_and_transactions_are_told_apart)
{
    CHECK_STR(
        effects_of(
            "select 1; (select 2); show tables; explain select 1; with recursive c (n) as (select 1) select "
            "* "
            "from c; lock tables a write, b as c read local; unlock tables; start transaction; commit; "
            "rollback to s; xa start 'x'; grant select on t to 'u'@'h' identified by 'secret'; analyze "
            "table t; /*!40000 alter table t disable keys */; /*!40101 SET NAMES utf8 */"),
        "read\nread\nread\nread\nread\nlock on a\nlock on b\nsession\ntransaction\ntransaction\ntransaction\n"
        "transaction\ncreate grant select on t to 'u'@'h'\nread\nalter table t on t = disable keys\nsession "
        "names : utf8\n");
}

TEST(my_effect, quotes_follow_the_sql_mode)
{
    CHECK_STR(
        effects_of("set sql_mode = 'ANSI_QUOTES'; drop table \"t\"; set sql_mode = ''; drop table \"t\""),
        "session sql_mode : ANSI_QUOTES\ndrop table t\nsession sql_mode\nunknown\n");
}

/* Whatever the words, telling ends and every statement has an effect. */
TEST(my_effect, any_words_give_some_effect)
{
    static const char *const words[] = {
        "create ", "table ", "alter ",      "add ",    "drop ",  "column ",  "(",           ")",
        ",",       "a ",     "`b` ",        "int ",    "key ",   "index ",   "primary ",    "update ",
        "set ",    "= ",     "delete ",     "from ",   "where ", "insert ",  "into ",       "on ",
        "with ",   "as ",    "select ",     "rename ", "to ",    "default ", "references ", "1 ",
        "'x' ",    "check ", "constraint ", "unique ", "view ",  "@ ",       "definer = ",  "."};
    uint64_t state = test_seed();
    for (unsigned round = 0; round < 20000; round++) {
        BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
        struct arena arena = {0};
        struct pieces pieces;
        struct effects effects;
        struct err err = {0};
        for (unsigned i = 0; i < 16; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            buf_str(&text, words[(state >> 33) % COUNT_OF(words)]);
        }
        if (my_split(NULL, buf_view(&text), &arena, &pieces, &err) == STATUS_OK) {
            CHECK_OK(my_effects(NULL, &pieces, &arena, &effects, &err));
            CHECK(effects.n >= pieces.n_statements);
        }
        arena_release(&arena);
    }
}

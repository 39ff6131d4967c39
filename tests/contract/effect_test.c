/* Effects of statements that all engines have, with and without a connection. */
#include "contract/rig.h"

#include <stdio.h>
#include <string.h>

static struct effects
effects_of(struct rig *rig, struct conn *conn, const char *sql)
{
    struct err err = {0};
    struct effects effects = {0};
    struct pieces *pieces = arena_new(test_arena(), struct pieces);
    CHECK_OK(driver_split(rig->conn->driver, conn, span_of(sql), test_arena(), pieces, &err));
    CHECK_OK(driver_effects(rig->conn->driver, conn, pieces, test_arena(), &effects, &err));
    return effects;
}

/* "kind object table.column name new_name" of each, words that are empty left out, joined by "; ". */
static const char *
shown(const struct effects *effects)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = 0; i < effects->n; i++) {
        const struct effect *effect = &effects->items[i];
        bool has_object = effect->kind <= EFFECT_ALTER;
        const char *const words[] = {has_object ? object_kind_name(effect->object) : "", effect->table,
                                     effect->column, effect->name, effect->new_name};
        buf_printf(&out, "%s%s", i == 0 ? "" : "; ", effect_kind_name(effect->kind));
        for (size_t j = 0; j < COUNT_OF(words); j++) {
            if (!str_is_empty(words[j])) {
                buf_printf(&out, " %s", words[j]);
            }
        }
    }
    return arena_strdup(test_arena(), buf_cstr(&out));
}

static void
check_effects(struct rig *rig, const char *sql, const char *want)
{
    struct effects offline = effects_of(rig, NULL, sql);
    struct effects online = effects_of(rig, rig->conn, sql);
    if (!CHECK_STR(shown(&offline), want) || !CHECK_STR(shown(&online), want)) {
        printf("    of: %s\n", sql);
    }
}

CASE(effect, tables_come_with_their_columns_and_constraints)
{
    check_effects(rig, "create table t (a integer not null primary key, b varchar(5), unique (b))",
                  "create table t; add column t a; add column t b; create constraint t b");
    check_effects(rig, "create table t (a integer references p (x))",
                  "create table t; add column t a; create foreign key t a");
    check_effects(rig,
                  "create table t (a integer, constraint t_a check (a > 0), "
                  "constraint t_p foreign key (a) references p (x))",
                  "create table t; add column t a; create constraint t t_a; create foreign key t a t_p");
}

CASE(effect, changes_of_a_table_name_their_column)
{
    check_effects(rig, "alter table t add column a integer", "add column t a");
    check_effects(rig, "alter table t drop column a", "drop column t a");
    check_effects(rig, "alter table t rename to u", "rename table t u");
    check_effects(rig, "alter table t rename column a to b", "rename column t a a b");
    check_effects(rig, "drop table t", "drop table t");
    check_effects(rig, "drop table if exists t", "drop table t");
}

CASE(effect, indexes_views_and_rows)
{
    check_effects(rig, "create index i on t (a, b)", "create index t i");
    check_effects(rig, "create unique index i on t (a)", "create index t a i");
    check_effects(rig, "create view v as select 1", "create view v");
    check_effects(rig, "drop view v", "drop view v");
    check_effects(rig, "insert into t (a) values (1), (2)", "insert t");
    check_effects(rig, "insert into t select * from u", "insert t");
    check_effects(rig, "update t set a = 1 where b = 2", "update t a");
    check_effects(rig, "update t set a = 1, b = 2", "update t");
    check_effects(rig, "delete from t where a in (select a from u)", "delete t");
    check_effects(rig, "select 1", "read");
    check_effects(rig, "begin", "transaction");
}

static unsigned
flags_of(struct rig *rig, const char *sql)
{
    struct effects effects = effects_of(rig, NULL, sql);
    return effects.n == 0 ? 0 : effects.items[effects.n - 1].flags;
}

CASE(effect, flags_tell_the_circumstances)
{
    CHECK_INT(flags_of(rig, "drop table if exists t"), EFFECT_IF_EXISTS);
    CHECK_INT(flags_of(rig, "create index i on t (a)"), 0);
    CHECK_INT(flags_of(rig, "create unique index i on t (a)"), EFFECT_UNIQUE);
    CHECK_INT(flags_of(rig, "update t set a = 1"), EFFECT_NO_WHERE);
    CHECK_INT(flags_of(rig, "update t set a = 1 where b = 1"), 0);
    CHECK_INT(flags_of(rig, "update t set a = (select max(x) from u where y = 1)"), EFFECT_NO_WHERE);
    CHECK_INT(flags_of(rig, "delete from t"), EFFECT_NO_WHERE);
    CHECK_INT(flags_of(rig, "alter table t add column a integer not null default 1"),
              EFFECT_NOT_NULL | EFFECT_HAS_DEFAULT);
    CHECK_INT(flags_of(rig, "alter table t add column a varchar(5)"), 0);
    CHECK((flags_of(rig, "create table t (a integer not null, primary key (a))") & EFFECT_PRIMARY) != 0);
}

CASE(effect, pieces_are_named_by_their_number)
{
    struct effects effects = effects_of(rig, NULL, "select 1; drop table t;\nupdate u set a = 1;");
    if (CHECK_INT(effects.n, 3)) {
        CHECK(effects.items[0].piece < effects.items[1].piece);
        CHECK(effects.items[1].piece < effects.items[2].piece);
    }
}

CASE(effect, of_what_nobody_can_read_is_unknown)
{
    struct effects effects = effects_of(rig, NULL, "frobnicate the table");
    CHECK_INT(effects.n, 1);
    CHECK(effects.n == 0 || effects.items[0].kind == EFFECT_UNKNOWN);
}

/* The model of the schema: what stands before the up, after it, and after the down. */
#include "harness.h"
#include "script/model.h"

#include "base/str.h"
#include "driver/sqltok.h"

static const struct driver pg = {
    .name = "pg", .caps = CAP_TRANSACTIONAL_DDL | CAP_SCHEMAS | CAP_CONCURRENT_INDEX, .lex = LEX_POSTGRES};
static const struct driver my = {.name = "my", .caps = CAP_SERVER, .lex = LEX_MYSQL};

/* What the drivers leave out is "". */
static struct effect
filled(struct effect effect)
{
    const char **texts[] = {&effect.name,     &effect.table, &effect.column,
                            &effect.new_name, &effect.type,  &effect.detail};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        *texts[i] = *texts[i] == NULL ? "" : *texts[i];
    }
    return effect;
}

#define EFFECT(...) filled((struct effect){__VA_ARGS__})

static void
apply(struct model *model, struct effect effect)
{
    model_apply(model, &effect);
}

static void
create_table(struct model *model, const char *name)
{
    apply(model, EFFECT(.kind = EFFECT_CREATE, .object = OBJECT_TABLE, .name = name));
}

static void
add(struct model *model, const char *table, const char *column, const char *type, unsigned flags)
{
    apply(model, EFFECT(.kind = EFFECT_ADD_COLUMN, .object = OBJECT_COLUMN, .table = table, .column = column,
                        .type = type, .flags = flags));
}

static void
drop_column(struct model *model, const char *table, const char *column)
{
    apply(model,
          EFFECT(.kind = EFFECT_DROP_COLUMN, .object = OBJECT_COLUMN, .table = table, .column = column));
}

static void
drop_table(struct model *model, const char *name)
{
    apply(model, EFFECT(.kind = EFFECT_DROP, .object = OBJECT_TABLE, .name = name));
}

static void
rename_table(struct model *model, const char *from, const char *to)
{
    apply(model, EFFECT(.kind = EFFECT_RENAME, .object = OBJECT_TABLE, .name = from, .new_name = to));
}

static void
index_on(struct model *model, const char *name, const char *table, const char *detail)
{
    apply(model, EFFECT(.kind = EFFECT_CREATE, .object = OBJECT_INDEX, .name = name, .table = table,
                        .detail = detail));
}

/* t (id integer primary key, name text), from an earlier migration. */
static void
with_table(struct model *model, const struct driver *driver)
{
    model_init(model, driver, test_arena());
    model_begin(model);
    create_table(model, "t");
    add(model, "t", "id", "integer", EFFECT_INLINE | EFFECT_PRIMARY);
    add(model, "t", "name", "text", EFFECT_INLINE);
    model_turn(model);
    drop_table(model, "t");
    model_settle(model);
}

/* "-table:t" gone, "+column:t.c" appeared, "~column:t.c" changed, "table:a>b" renamed; blank-separated. */
static const char *
diff(const struct model *model, enum model_when from)
{
    struct model_changes changes = {0};
    const char *text = "";
    model_diff(model, from, test_arena(), &changes);
    for (size_t i = 0; i < changes.n; i++) {
        const struct model_change *change = &changes.items[i];
        bool is_renamed = *change->renamed_to != '\0';
        text = arena_printf(test_arena(), "%s%s%s%s:%s%s%s%s%s", text, i == 0 ? "" : " ",
                            is_renamed             ? ""
                            : change->to == NULL   ? "-"
                            : change->from == NULL ? "+"
                                                   : "~",
                            object_kind_name(change->object), change->table, *change->table ? "." : "",
                            change->name, is_renamed ? ">" : "", change->renamed_to);
    }
    return text;
}

TEST(model, settle_leaves_what_the_up_left)
{
    struct model model;
    with_table(&model, &pg);
    CHECK(model_table_at(&model, "t", MODEL_NOW) != NULL);
    CHECK(model_table_at(&model, "public.t", MODEL_BEFORE) != NULL);
    CHECK_STR(model_column_at(&model, "t", "name", MODEL_NOW)->type, "text");
    CHECK(model_column_at(&model, "t", "id", MODEL_NOW)->flags & EFFECT_NOT_NULL);
    CHECK(!(model_column_at(&model, "t", "name", MODEL_NOW)->flags & EFFECT_NOT_NULL));
}

TEST(model, three_states_stand_side_by_side)
{
    struct model model;
    with_table(&model, &pg);
    model_begin(&model);
    drop_column(&model, "t", "name");
    CHECK_STR(diff(&model, MODEL_BEFORE), "-column:t.name");
    model_turn(&model);
    add(&model, "t", "name", "varchar(10)", 0);
    CHECK_STR(model_column_at(&model, "t", "name", MODEL_BEFORE)->type, "text");
    CHECK(model_column_at(&model, "t", "name", MODEL_AFTER_UP) == NULL);
    CHECK_STR(model_column_at(&model, "t", "name", MODEL_NOW)->type, "varchar(10)");
    CHECK_STR(diff(&model, MODEL_BEFORE), "~column:t.name");
    CHECK_STR(diff(&model, MODEL_AFTER_UP), "+column:t.name");
    model_settle(&model);
    CHECK(model_column_at(&model, "t", "name", MODEL_NOW) == NULL);
}

TEST(model, exact_reverse_leaves_no_difference)
{
    struct model model;
    with_table(&model, &pg);
    model_begin(&model);
    add(&model, "t", "c", "int", EFFECT_NOT_NULL | EFFECT_HAS_DEFAULT);
    index_on(&model, "t_c", "t", "(c)");
    rename_table(&model, "t", "u");
    CHECK_STR(diff(&model, MODEL_BEFORE), "+column:u.c +index:u.t_c table:t>u");
    model_turn(&model);
    rename_table(&model, "u", "t");
    drop_column(&model, "t", "c");
    CHECK_STR(diff(&model, MODEL_BEFORE), "");
}

TEST(model, dropping_a_column_drops_its_keys)
{
    struct model model;
    with_table(&model, &pg);
    model_begin(&model);
    index_on(&model, "", "t", "(name, id DESC)");
    model_settle(&model);
    model_begin(&model);
    drop_column(&model, "t", "name");
    CHECK_STR(diff(&model, MODEL_BEFORE), "-column:t.name -index:t.t_name_id_idx");
}

TEST(model, rebuilt_table_is_compared_column_by_column)
{
    struct model model;
    with_table(&model, &pg);
    model_begin(&model);
    index_on(&model, "by_name", "t", "(name)");
    model_settle(&model);
    model_begin(&model);
    create_table(&model, "t_new");
    add(&model, "t_new", "id", "integer", EFFECT_INLINE | EFFECT_PRIMARY);
    add(&model, "t_new", "name", "text", EFFECT_INLINE | EFFECT_NOT_NULL);
    add(&model, "t_new", "age", "integer", EFFECT_INLINE);
    drop_table(&model, "t");
    rename_table(&model, "t_new", "t");
    CHECK_STR(diff(&model, MODEL_BEFORE), "~table:t ~column:t.name -index:t.by_name +column:t.age");
    model_settle(&model);
    CHECK(model_column_at(&model, "t", "age", MODEL_NOW) != NULL);
}

TEST(model, renaming_a_column_is_one_change_and_follows_into_keys)
{
    struct model model;
    with_table(&model, &my);
    model_begin(&model);
    index_on(&model, "by_name", "t", "(Name(10), ID)");
    apply(&model, EFFECT(.kind = EFFECT_RENAME, .object = OBJECT_COLUMN, .table = "T", .name = "NAME",
                         .new_name = "title"));
    CHECK_STR(diff(&model, MODEL_BEFORE), "+index:t.by_name column:t.name>title");
    drop_column(&model, "t", "title");
    CHECK_STR(diff(&model, MODEL_BEFORE), "-column:t.name");
}

TEST(model, constraint_dropped_by_the_name_the_server_made_up)
{
    struct model model;
    with_table(&model, &pg);
    model_begin(&model);
    add(&model, "t", "p", "integer", EFFECT_FOREIGN_KEY);
    apply(&model, EFFECT(.kind = EFFECT_CREATE, .object = OBJECT_FOREIGN_KEY, .table = "t", .column = "p",
                         .detail = "REFERENCES public.parent (id)", .flags = EFFECT_INLINE));
    CHECK_STR(model_slot_table(model_reference_to(&model, "parent")), "t");
    apply(&model, EFFECT(.kind = EFFECT_DROP, .object = OBJECT_CONSTRAINT, .table = "t", .name = "t_p_fkey"));
    CHECK(model_reference_to(&model, "parent") == NULL);
}

TEST(model, absence_is_sure_only_where_all_is_known)
{
    struct model model;
    with_table(&model, &pg);
    struct effect drop = EFFECT(.kind = EFFECT_DROP, .object = OBJECT_TABLE, .name = "u");
    struct effect drop_missing =
        EFFECT(.kind = EFFECT_DROP_COLUMN, .object = OBJECT_COLUMN, .table = "t", .column = "nome");
    struct effect drop_there =
        EFFECT(.kind = EFFECT_DROP_COLUMN, .object = OBJECT_COLUMN, .table = "t", .column = "name");
    model_begin(&model);
    CHECK(!model_is_absent(&model, &drop)); /* it may have stood before the history began */
    model_turn(&model);
    CHECK(model_is_absent(&model, &drop));
    CHECK(model_is_absent(&model, &drop_missing));
    CHECK(!model_is_absent(&model, &drop_there));
    model_settle(&model);
    model_begin(&model);
    apply(&model, EFFECT(.kind = EFFECT_UNKNOWN));
    model_turn(&model);
    CHECK(!model_is_absent(&model, &drop));
    CHECK(model_is_absent(&model, &drop_missing));
}

TEST(model, table_nobody_created_was_there_before)
{
    struct model model;
    model_init(&model, &pg, test_arena());
    model_begin(&model);
    drop_column(&model, "old", "c");
    CHECK_STR(diff(&model, MODEL_BEFORE), "-column:old.c");
    CHECK(!model.is_closed);
    model_settle(&model);
    model_begin(&model);
    drop_table(&model, "old");
    CHECK_STR(diff(&model, MODEL_BEFORE), "-table:old");
}

TEST(model, modify_restates_the_whole_column)
{
    struct model model;
    with_table(&model, &my);
    model_begin(&model);
    apply(&model, EFFECT(.kind = EFFECT_SET_DEFAULT, .table = "t", .column = "name", .detail = "'x'"));
    apply(&model, EFFECT(.kind = EFFECT_SET_NOT_NULL, .table = "t", .column = "name"));
    model_settle(&model);
    model_begin(&model);
    apply(&model, EFFECT(.kind = EFFECT_COLUMN_TYPE, .table = "t", .column = "name", .type = "text",
                         .flags = EFFECT_WHOLE_COLUMN));
    CHECK_STR(diff(&model, MODEL_BEFORE), "~column:t.name");
    CHECK(!(model_column_at(&model, "t", "name", MODEL_NOW)->flags & EFFECT_HAS_DEFAULT));
}

TEST(model, texts_agree_but_for_case_blanks_and_quotes)
{
    CHECK(model_text_same("(\"A\", b)", "( a,B )"));
    CHECK(!model_text_same("(a)", "(a, b)"));
    CHECK(model_text_same(NULL, ""));
}

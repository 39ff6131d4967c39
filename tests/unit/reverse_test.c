/* The reversal class that follows from the effects of a pair of scripts. */
#include "harness.h"
#include "script/lint.h"
#include "script/migration.h"

#include "base/str.h"

#define CREATE_TABLE(t)                                                                                      \
    {                                                                                                        \
        .kind = EFFECT_CREATE, .object = OBJECT_TABLE, .name = (t)                                           \
    }
#define DROP_TABLE(t)                                                                                        \
    {                                                                                                        \
        .kind = EFFECT_DROP, .object = OBJECT_TABLE, .name = (t)                                             \
    }
#define RENAME_TABLE(t, u)                                                                                   \
    {                                                                                                        \
        .kind = EFFECT_RENAME, .object = OBJECT_TABLE, .name = (t), .new_name = (u)                          \
    }
#define ADD(t, c, ty)                                                                                        \
    {                                                                                                        \
        .kind = EFFECT_ADD_COLUMN, .object = OBJECT_COLUMN, .table = (t), .column = (c), .type = (ty)        \
    }
#define INLINE(t, c, ty)                                                                                     \
    {                                                                                                        \
        .kind = EFFECT_ADD_COLUMN, .object = OBJECT_COLUMN, .table = (t), .column = (c), .type = (ty),       \
        .flags = EFFECT_INLINE                                                                               \
    }
#define DROP_COLUMN(t, c)                                                                                    \
    {                                                                                                        \
        .kind = EFFECT_DROP_COLUMN, .object = OBJECT_COLUMN, .table = (t), .column = (c)                     \
    }
#define TYPE(t, c, ty)                                                                                       \
    {                                                                                                        \
        .kind = EFFECT_COLUMN_TYPE, .object = OBJECT_COLUMN, .table = (t), .column = (c), .type = (ty)       \
    }
#define DATA(what, t)                                                                                        \
    {                                                                                                        \
        .kind = EFFECT_##what, .table = (t)                                                                  \
    }
#define UPDATE_OF(t, c)                                                                                      \
    {                                                                                                        \
        .kind = EFFECT_UPDATE, .table = (t), .column = (c)                                                   \
    }
#define ALL_OF(...)                                                                                          \
    {                                                                                                        \
        (struct effect[]){__VA_ARGS__}, sizeof((struct effect[]){__VA_ARGS__}) / sizeof(struct effect), 0    \
    }
#define NOTHING                                                                                              \
    {                                                                                                        \
        NULL, 0, 0                                                                                           \
    }

static const struct {
    const char *name;
    struct effects up;
    struct effects down;
    bool has_down;
    const char *class;
    const char *why;
} cases[] = {
    {"created and dropped", ALL_OF(CREATE_TABLE("t"), INLINE("t", "a", "int")), ALL_OF(DROP_TABLE("t")), true,
     "reversible", ""},
    {"nothing done", ALL_OF({.kind = EFFECT_SESSION}), NOTHING, false, "reversible", ""},
    {"no down", ALL_OF(CREATE_TABLE("t")), NOTHING, false, "irreversible",
     "has no down script that does anything"},
    {"empty down", ALL_OF(CREATE_TABLE("t")), ALL_OF({.kind = EFFECT_READ}), true, "irreversible",
     "has no down script that does anything"},
    {"column dropped and added", ALL_OF(DROP_COLUMN("t", "c")), ALL_OF(ADD("t", "c", "text")), true,
     "snapshot", "drops column t.c"},
    {"column dropped for good", ALL_OF(DROP_COLUMN("t", "c")), ALL_OF(ADD("t", "d", "text")), true, "lossy",
     "drops column t.c and the down does not bring it back"},
    {"table dropped for good", ALL_OF(DROP_TABLE("t")), ALL_OF(CREATE_TABLE("u")), true, "lossy",
     "drops table t and the down does not bring it back"},
    {"table dropped and created", ALL_OF(DROP_TABLE("t")), ALL_OF(CREATE_TABLE("t"), INLINE("t", "a", "int")),
     true, "snapshot", "drops table t"},
    {"renamed and back", ALL_OF(RENAME_TABLE("t", "u")), ALL_OF(RENAME_TABLE("u", "t")), true, "reversible",
     ""},
    {"column filled that was added", ALL_OF(ADD("t", "c", "int"), UPDATE_OF("t", "c")),
     ALL_OF(DROP_COLUMN("t", "c")), true, "reversible", ""},
    {"old column rewritten", ALL_OF(ADD("t", "c", "int"), UPDATE_OF("t", "d")), ALL_OF(DROP_COLUMN("t", "c")),
     true, "snapshot", "changes rows of t"},
    {"rows inserted and deleted", ALL_OF(DATA(INSERT, "t")), ALL_OF(DATA(DELETE, "t")), true, "reversible",
     ""},
    {"rows inserted, others deleted", ALL_OF(DATA(INSERT, "t")), ALL_OF(DATA(DELETE, "u")), true, "snapshot",
     "inserts rows into t"},
    {"rows deleted", ALL_OF(DATA(DELETE, "t")), ALL_OF(DATA(INSERT, "t")), true, "snapshot",
     "deletes rows of t"},
    {"rows of a new table", ALL_OF(CREATE_TABLE("t"), DATA(INSERT, "t")), ALL_OF(DROP_TABLE("t")), true,
     "reversible", ""},
    {"unknown up", ALL_OF({.kind = EFFECT_UNKNOWN}), ALL_OF({.kind = EFFECT_UNKNOWN}), true, "snapshot",
     "holds a statement whose effect cannot be told"},
    {"unknown down may bring it back", ALL_OF(DROP_COLUMN("t", "c")), ALL_OF({.kind = EFFECT_UNKNOWN}), true,
     "snapshot", "drops column t.c"},
    {"down drops what was there", ALL_OF(ADD("t", "c", "int")), ALL_OF(DROP_TABLE("t")), true, "lossy",
     "the down drops table t, which the up did not make"},
    {"type there and back", ALL_OF(CREATE_TABLE("t"), INLINE("t", "a", "int"), TYPE("t", "a", "bigint")),
     ALL_OF(DROP_TABLE("t")), true, "reversible", ""},
    {"enum label",
     ALL_OF({.kind = EFFECT_ALTER,
             .object = OBJECT_TYPE,
             .name = "mood",
             .detail = "'sad'",
             .flags = EFFECT_ADD_VALUE}),
     ALL_OF({.kind = EFFECT_DROP, .object = OBJECT_VIEW, .name = "v"}), true, "irreversible",
     "adds a label to type mood that cannot be taken out"},
};

TEST(reverse, class_follows_from_the_effects)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *why;
        enum reversal_class class =
            reversal_class_derive(&cases[i].up, &cases[i].down, cases[i].has_down, test_arena(), &why);
        if (!CHECK_STR(reversal_class_name(class), cases[i].class) || !CHECK_STR(why, cases[i].why)) {
            CHECK_STR(cases[i].name, "passes");
        }
    }
}

/* Names of types: spellings of one, and which hold less. */
#include "harness.h"
#include "script/typename.h"

#include "base/attr.h"

static const struct {
    const char *from;
    const char *to;
    enum type_change change;
} cases[] = {
    {"int4", "integer", TYPE_SAME},
    {"INT", "integer", TYPE_SAME},
    {"serial", "integer", TYPE_SAME},
    {"int(11)", "int", TYPE_SAME},
    {"varchar(40)", "character varying( 40 )", TYPE_SAME},
    {"timestamptz", "timestamp with time zone", TYPE_SAME},
    {"timestamp(3) with time zone", "timestamp with time zone", TYPE_WIDER},
    {"\"MyType\"", "mytype", TYPE_SAME},
    {"", "integer", TYPE_SAME},
    {"integer", "bigint", TYPE_WIDER},
    {"bigint", "integer", TYPE_NARROWER},
    {"int", "int unsigned", TYPE_NARROWER},
    {"int unsigned", "int", TYPE_NARROWER},
    {"int unsigned", "bigint", TYPE_WIDER},
    {"varchar(40)", "varchar(80)", TYPE_WIDER},
    {"varchar(80)", "varchar(40)", TYPE_NARROWER},
    {"varchar(40)", "text", TYPE_WIDER},
    {"text", "varchar(40)", TYPE_NARROWER},
    {"varchar(40)", "char(40)", TYPE_NARROWER},
    {"longtext", "text", TYPE_NARROWER},
    {"text", "mediumtext", TYPE_WIDER},
    {"numeric(10,2)", "numeric(12,2)", TYPE_WIDER},
    {"numeric(10,2)", "numeric(10,4)", TYPE_NARROWER},
    {"numeric(10,4)", "numeric(10,2)", TYPE_NARROWER},
    {"numeric(10,2)", "numeric", TYPE_WIDER},
    {"double precision", "real", TYPE_NARROWER},
    {"integer", "text", TYPE_OTHER},
    {"integer[]", "integer", TYPE_OTHER},
    {"timestamp", "timestamptz", TYPE_OTHER},
    {"enum('a','b')", "enum('a','b','c')", TYPE_WIDER},
    {"enum('a','b')", "enum('a')", TYPE_NARROWER},
    {"enum('a','b')", "enum('b','a')", TYPE_NARROWER},
    {"uuid", "uuid", TYPE_SAME},
    {"uuid", "json", TYPE_OTHER},
};

TEST(typename, change_says_what_fits)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        enum type_change change = type_name_change(cases[i].from, cases[i].to);
        if (!CHECK_INT(change, cases[i].change)) {
            CHECK_STR(cases[i].from, cases[i].to);
        }
    }
}

TEST(typename, long_names_are_cut_without_harm)
{
    struct type_name type;
    type_name_parse("a_type_whose_name_is_longer_than_any_that_an_engine_would_accept_as_one (1)", &type);
    CHECK_INT(type.family, FAMILY_OTHER);
    CHECK(type_name_same("", ""));
}

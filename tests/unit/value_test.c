#include "harness.h"
#include "schema/value.h"

TEST(value, makers_and_readers_agree)
{
    struct arena *arena = test_arena();
    struct value null = value_text(NULL);
    struct value min = value_int(arena, INT64_MIN);
    struct value text = value_text(" 42 ");
    CHECK(value_is_null(&null));
    CHECK(min.kind == VALUE_INT && value_to_int(&min, 0) == INT64_MIN);
    CHECK_INT(value_to_int(&text, -1), 42);
    CHECK_INT(value_to_int(&null, -1), -1);
    struct value word = value_text("forty");
    CHECK_INT(value_to_int(&word, -1), -1);
    struct value bytes = value_bytes(SPAN("a\0b"));
    CHECK(bytes.kind == VALUE_BYTES && bytes.bytes.len == 3);
    CHECK_STR(value_to_str(&null, arena), "");
    CHECK_STR(value_to_str(&text, arena), " 42 ");
}

TEST(value, truth_in_every_engines_spelling)
{
    static const char *const yes[] = {"1", "t", "true", "TRUE"};
    static const char *const no[] = {"0", "f", "false", "", "2", "yes"};
    for (size_t i = 0; i < COUNT_OF(yes); i++) {
        struct value value = value_text(yes[i]);
        CHECK(value_to_bool(&value));
    }
    for (size_t i = 0; i < COUNT_OF(no); i++) {
        struct value value = value_text(no[i]);
        CHECK(!value_to_bool(&value));
    }
    struct value null = value_null();
    CHECK(!value_to_bool(&null));
}

#include "driver/driver.h"

#include "fake_driver.h"
#include "harness.h"

TEST(driver, is_found_by_scheme_or_keywords)
{
    fake_begin();
    CHECK(driver_for_url("postgres://x") == &fake_driver);
    CHECK(driver_for_url("POSTGRESQL://x") == &fake_driver);
    CHECK(driver_for_url("host=/run dbname=x") == &fake_driver);
    CHECK(driver_for_url("file:x=y") == &file_driver);
    CHECK(driver_for_url("files:x") == NULL);
    CHECK(driver_for_url("x.db") == NULL);
    CHECK(driver_for_url("") == NULL);
    driver_registry_set(NULL);
    CHECK(driver_for_url("file:x") == NULL);
    CHECK(driver_registry()[0] == NULL);
}

TEST(driver, answers_to_its_name_and_dialects)
{
    CHECK(driver_is_named(&fake_driver, SPAN("fake")));
    CHECK(driver_is_named(&fake_driver, SPAN("PG")));
    CHECK(!driver_is_named(&fake_driver, SPAN("filedb")));
    CHECK(!driver_is_named(&file_driver, SPAN("pg")));
}

TEST(driver, quotes_every_part_of_a_name)
{
    BUF_SCOPED out = BUF_INIT(1000);
    driver_quote(&fake_driver, &out, "a\"b.c");
    CHECK_STR(buf_cstr(&out), "\"a\"\"b.c\"");
    buf_reset(&out);
    driver_quote_qualified(&file_driver, &out, "s.t`x");
    CHECK_STR(buf_cstr(&out), "`s`.`t``x`");
}

TEST(effect, kinds_have_names_and_losses_are_known)
{
    for (int i = EFFECT_CREATE; i <= EFFECT_UNKNOWN; i++) {
        CHECK(effect_kind_name((enum effect_kind)i)[0] != '\0');
    }
    static const struct {
        struct effect effect;
        bool is_destructive;
    } cases[] = {
        {{.kind = EFFECT_CREATE, .object = OBJECT_TABLE}, false},
        {{.kind = EFFECT_CREATE, .object = OBJECT_VIEW, .flags = EFFECT_OR_REPLACE}, true},
        {{.kind = EFFECT_DROP, .object = OBJECT_TABLE}, true},
        {{.kind = EFFECT_ADD_COLUMN}, false},
        {{.kind = EFFECT_DROP_COLUMN}, true},
        {{.kind = EFFECT_COLUMN_TYPE}, true},
        {{.kind = EFFECT_INSERT}, false},
        {{.kind = EFFECT_INSERT, .flags = EFFECT_REPLACE_ROWS}, true},
        {{.kind = EFFECT_UPDATE}, true},
        {{.kind = EFFECT_TRUNCATE}, true},
        {{.kind = EFFECT_READ}, false},
        {{.kind = EFFECT_UNKNOWN}, true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CHECK(effect_is_destructive(&cases[i].effect) == cases[i].is_destructive);
    }
}

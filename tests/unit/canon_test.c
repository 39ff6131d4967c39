#include "recon/canon.h"

#include "harness.h"

#include <stdio.h>
#include <string.h>

/* A cell as hex, or as text behind a quote; NULL: a NULL. */
static struct span
cell_of(const char *cell)
{
    struct arena *arena = test_arena();
    size_t len = cell == NULL ? 0 : strlen(cell);
    if (cell == NULL) {
        return (struct span){NULL, 0};
    }
    if (cell[0] == '\'') {
        return span_of(cell + 1);
    }
    if (len > 1 && cell[1] == '\'') { /* t'text: SQLite's tag and the text */
        return span_of(arena_printf(arena, "%c%s", cell[0], cell + 2));
    }
    char *bytes = arena_alloc(arena, len / 2 + 1);
    for (size_t i = 0; i + 1 < len; i += 2) {
        unsigned byte = 0;
        CHECK(sscanf(cell + i, "%2x", &byte) == 1);
        bytes[i / 2] = (char)byte;
    }
    return (struct span){bytes, len / 2};
}

static const char *
encoded(const char *form, const char *type, enum canon_kind kind, const char *cell)
{
    struct arena *arena = test_arena();
    struct canon_coder *coder = NULL;
    struct err err = {0};
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED hex = BUF_INIT(BUF_TEXT_MAX);
    CHECK_OK(canon_coder_new(form, type, kind, arena, &coder, &err));
    if (coder == NULL || !canon_encode(coder, cell_of(cell), &out)) {
        canon_coder_release(coder);
        return "bad";
    }
    canon_coder_release(coder);
    for (size_t i = 0; i < out.len; i++) {
        buf_printf(&hex, "%02x", (unsigned char)out.data[i]);
    }
    struct span rest = buf_view(&out);
    struct span one;
    CHECK(canon_next(&rest, &one) && rest.len == 0);
    return arena_strdup(arena, buf_cstr(&hex));
}

/* Every row of a group is the same value as the first, whose encoding is fixed for good. */
struct sample {
    const char *golden; /* NULL: as the row before */
    enum canon_kind kind;
    const char *form;
    const char *type;
    const char *cell;
};

static const struct sample samples[] = {
    {"00", CANON_NUMBER, "pg.int4", "integer", NULL},
    {"00", CANON_TEXT, "text", "text", NULL},
    /* 42 */
    {"010a0000000000000000002a", CANON_NUMBER, "pg.int4", "integer", "0000002a"},
    {NULL, CANON_NUMBER, "pg.int2", "smallint", "002a"},
    {NULL, CANON_NUMBER, "my.int", "int(11)", "2a000000"},
    {NULL, CANON_NUMBER, "my.uint", "tinyint unsigned", "2a"},
    {NULL, CANON_NUMBER, "pg.numeric", "numeric(10,2)",
     "00010000000000020"
     "02a"},
    {NULL, CANON_NUMBER, "text", "decimal(10,2)", "'42.00"},
    {NULL, CANON_NUMBER, "sqlite", "integer", "69000000000000002a"},
    {NULL, CANON_NUMBER, "sqlite", "numeric", "664045000000000000"},
    {NULL, CANON_NUMBER, "my.bit", "bit(8)", "2a"},
    /* -0.99 */
    {"010a01020000000000000063", CANON_NUMBER, "text", "decimal(10,2)", "'-0.99"},
    {NULL, CANON_NUMBER, "pg.numeric", "numeric", "0001ffff4000000226ac"},
    {NULL, CANON_NUMBER, "sqlite", "numeric(10,2)", "66bfefae147ae147ae"},
    {NULL, CANON_NUMBER, "text", "decimal", "'-0.9900"},
    {NULL, CANON_NUMBER, "text", "text", "'-99e-2"},
    /* the greatest BIGINT UNSIGNED, and one more */
    {"010a0000ffffffffffffffff", CANON_NUMBER, "my.uint", "bigint unsigned", "ffffffffffffffff"},
    {NULL, CANON_NUMBER, "text", "decimal(30)", "'18446744073709551615"},
    {NULL, CANON_NUMBER, "pg.numeric", "numeric", "000500040000000007341a5802e103bb064f"},
    {"011602003138343436373434303733373039353531363136", CANON_NUMBER, "text", "decimal(30)",
     "'18446744073709551616"},
    /* zero is one value */
    {"010a00000000000000000000", CANON_NUMBER, "pg.numeric", "numeric(5,2)", "0000000000000002"},
    {NULL, CANON_NUMBER, "text", "decimal", "'-0.00"},
    {NULL, CANON_NUMBER, "sqlite", "numeric", "668000000000000000"},
    {"010104", CANON_NUMBER, "pg.numeric", "numeric", "00000000c0000000"},
    {NULL, CANON_NUMBER, "pg.float8", "double precision", "7ff8000000000000"},
    /* 0.1 + 0.2 */
    {"02083fd3333333333334", CANON_DOUBLE, "pg.float8", "double precision", "3fd3333333333334"},
    {NULL, CANON_DOUBLE, "my.double", "double", "343333333333d33f"},
    {NULL, CANON_DOUBLE, "sqlite", "real", "663fd3333333333334"},
    {"02080000000000000000", CANON_DOUBLE, "pg.float8", "double precision", "8000000000000000"},
    {NULL, CANON_DOUBLE, "sqlite", "real", "660000000000000000"},
    {"02087ff8000000000000", CANON_DOUBLE, "pg.float8", "double precision", "fff8000000000001"},
    /* 0.1 in single precision */
    {"03083fb99999a0000000", CANON_SINGLE, "pg.float4", "real", "3dcccccd"},
    {NULL, CANON_SINGLE, "my.float", "float", "cdcccc3d"},
    {NULL, CANON_SINGLE, "sqlite", "real", "663fb999999999999a"},
    {"010a00010000000000000001", CANON_NUMBER, "pg.float4", "real", "3dcccccd"},
    {"040101", CANON_BOOL, "pg.bool", "boolean", "01"},
    {NULL, CANON_BOOL, "my.int", "tinyint(1)", "01"},
    {NULL, CANON_BOOL, "sqlite", "boolean", "690000000000000001"},
    {NULL, CANON_BOOL, "my.bit", "bit(1)", "01"},
    {NULL, CANON_BOOL, "text", "text", "'true"},
    {"210c010a00000000000000000005", CANON_BOOL, "my.int", "tinyint(1)", "05"},
    {"0503c3a978", CANON_TEXT, "text", "character varying(9)", "c3a978"},
    {NULL, CANON_TEXT, "sqlite", "text", "74c3a978"},
    {NULL, CANON_TEXT, "text", "character(5)", "c3a9782020"},
    {NULL, CANON_TEXT, "text", "char(5)", "c3a978"},
    {"05046162203a", CANON_TEXT, "text", "text", "'ab :"},
    {"0500", CANON_TEXT, "text", "text", "'"},
    {"060300ff61", CANON_BYTES, "bytes", "bytea", "00ff61"},
    {NULL, CANON_BYTES, "sqlite", "blob", "6200ff61"},
    {"071000112233445566778899aabbccddeeff", CANON_UUID, "pg.uuid", "uuid",
     "00112233445566778899aabbccddeeff"},
    {NULL, CANON_UUID, "text", "char(36)", "'00112233-4455-6677-8899-AABBCCDDEEFF"},
    {NULL, CANON_UUID, "bytes", "binary(16)", "00112233445566778899aabbccddeeff"},
    {NULL, CANON_UUID, "sqlite", "uuid", "t'{00112233-4455-6677-8899-aabbccddeeff}"},
    /* 2024-02-29 */
    {"080400004d46", CANON_DATE, "pg.date", "date", "00002279"},
    {NULL, CANON_DATE, "my.date", "date", "e807021d"},
    {NULL, CANON_DATE, "sqlite", "date", "t'2024-02-29"},
    {"080105", CANON_DATE, "pg.date", "date", "7fffffff"},
    {"210c050a323032332d30322d3239", CANON_DATE, "sqlite", "date", "t'2023-02-29"},
    {"200c000000000000000000000000", CANON_DATE, "my.date", "date", "00000000"},
    /* 2009-01-01 00:00:00.5 */
    {"0b0800045f6081788120", CANON_CIVIL, "pg.timestamp", "timestamp without time zone", "0001025f4640a120"},
    {NULL, CANON_CIVIL, "my.datetime", "datetime(6)",
     "d907"
     "0101000000"
     "20a10700"},
    {NULL, CANON_CIVIL, "sqlite", "datetime", "t'2009-01-01 00:00:00.500"},
    {NULL, CANON_CIVIL, "sqlite", "datetime", "t'2009-01-01T00:00:00.5"},
    {"0c0800045f6081788120", CANON_INSTANT, "sqlite", "timestamptz", "t'2009-01-01 02:00:00.5+02"},
    {NULL, CANON_INSTANT, "my.datetime", "timestamp(6)",
     "d907"
     "0101000000"
     "20a10700"},
    {"0908fffffff9c2987400", CANON_TIME, "my.time", "time",
     "010700"
     "1a"
     "28"
     "00000000"},
    {NULL, CANON_TIME, "text", "text", "'-07:26:40"},
    {"0d10000000010000000200000000000f4240", CANON_INTERVAL, "pg.interval", "interval",
     "00000000000f42400000000200000001"},
    {NULL, CANON_INTERVAL, "text", "text", "'1 mon 2 days 00:00:01"},
    {"0e050000000515", CANON_BIT, "pg.bit", "bit(5)", "00000005a8"},
    {NULL, CANON_BIT, "my.bit", "bit(5)", "15"},
    {NULL, CANON_BIT, "text", "text", "'10101"},
    {"0f0401610162", CANON_SET, "text", "set('b','a')", "'b,a"},
    {NULL, CANON_SET, "text", "text", "'a,b"},
    {"0f00", CANON_SET, "text", "set('a')", "'"},
};

TEST(canon, same_value_has_the_same_bytes_from_every_engine)
{
    const char *golden = "";
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        const struct sample *sample = &samples[i];
        golden = sample->golden != NULL ? sample->golden : golden;
        if (!CHECK_STR(encoded(sample->form, sample->type, sample->kind, sample->cell), golden)) {
            printf("    %s %s %s\n", sample->form, sample->type,
                   sample->cell == NULL ? "NULL" : sample->cell);
        }
    }
}

/* What a peer writes differently and means the same. */
TEST(canon, json_is_its_value)
{
    const char *one =
        encoded("text", "json", CANON_JSON, "'{\"a\": [1, null, true], \"b\": {\"\\u00e9\": 1.50}}");
    CHECK_STR(one, "102c"
                   "222a0501611110"
                   "010a00000000000000000001"
                   "00"
                   "040101"
                   "0501622210"
                   "0502c3a9"
                   "010a0001000000000000000f");
    CHECK_STR(encoded("text", "json", CANON_JSON, "'{\"b\":{\"\303\251\":15e-1},\"a\":[1.0,null,true]}"),
              one);
    CHECK_STR(encoded("pg.jsonb", "jsonb", CANON_JSON,
                      "01"
                      "7b2262223a7b22c3a9223a312e357d2c2261223a5b312c6e756c6c2c747275655d7d"),
              one);
    CHECK_STR(encoded("text", "json", CANON_JSON, "'{\"b\":0,\"a\":[1,null,true],\"b\":{\"\303\251\":1.5}}"),
              one);
    CHECK(strcmp(encoded("text", "json", CANON_JSON, "'null"), encoded("text", "json", CANON_JSON, NULL)) !=
          0);
    CHECK(strncmp(encoded("text", "json", CANON_JSON, "'{\"a\": }"), "21", 2) == 0);
}

TEST(canon, arrays_are_dimensions_and_elements)
{
    /* {1,NULL} */
    const char *cell = "00000001"
                       "00000001"
                       "00000017"
                       "00000002"
                       "00000001"
                       "00000004"
                       "00000001"
                       "ffffffff";
    CHECK_STR(encoded("pg.int4[]", "integer[]", CANON_ARRAY, cell), "110f0102010a00000000000000000001"
                                                                    "00");
    CHECK_STR(encoded("pg.int4[]", "integer[]", CANON_JSON, cell),
              encoded("text", "json", CANON_JSON, "'[1, null]"));
    CHECK_STR(encoded("pg.int4[]", "integer[]", CANON_ARRAY, "00000001000000000000001700000002"), "bad");
    CHECK_STR(encoded("pg.text[]", "text[]", CANON_SET,
                      "00000001"
                      "00000000"
                      "00000019"
                      "00000002"
                      "00000001"
                      "00000001"
                      "62"
                      "00000001"
                      "61"),
              encoded("text", "set('b','a')", CANON_SET, "'b,a"));
}

TEST(canon, torn_cells_are_refused)
{
    CHECK_STR(encoded("pg.int4", "integer", CANON_NUMBER, "00002a"), "bad");
    CHECK_STR(encoded("pg.numeric", "numeric", CANON_NUMBER,
                      "0002000000000000"
                      "0001"),
              "bad");
    CHECK_STR(encoded("pg.uuid", "uuid", CANON_UUID, "0011"), "bad");
    CHECK_STR(encoded("my.date", "date", CANON_DATE, "e80702"), "bad");
    CHECK_STR(encoded("sqlite", "integer", CANON_NUMBER, "6900"), "bad");
    CHECK_STR(encoded("pg.timestamp", "timestamp", CANON_CIVIL, "0000"), "bad");
    CHECK_STR(encoded("pg.bit", "bit(5)", CANON_BIT, "00000005"), "bad");
}

TEST(canon, columns_meet_in_one_kind)
{
    const char *note = NULL;
    CHECK(canon_kind_common(CANON_BOOL, CANON_NUMBER, &note) == CANON_BOOL && note != NULL);
    CHECK(canon_kind_common(CANON_TEXT, CANON_TEXT, &note) == CANON_TEXT && note == NULL);
    CHECK(canon_kind_common(CANON_ANY, CANON_UUID, &note) == CANON_UUID && note == NULL);
    CHECK(canon_kind_common(CANON_BYTES, CANON_NUMBER, &note) == CANON_OPAQUE && note != NULL);
    for (unsigned a = CANON_NUMBER; a <= CANON_KIND_MAX; a++) {
        for (unsigned b = CANON_NUMBER; b <= CANON_KIND_MAX; b++) {
            CHECK(canon_kind_common((enum canon_kind)a, (enum canon_kind)b, &note) ==
                  canon_kind_common((enum canon_kind)b, (enum canon_kind)a, &note));
        }
        CHECK(canon_kind_name((enum canon_kind)a)[0] != '\0');
    }
}

TEST(canon, types_have_kinds_by_name)
{
    static const struct {
        const char *type;
        const char *form;
        enum canon_kind kind;
    } types[] = {{"numeric(10,2)", "pg.numeric", CANON_NUMBER},
                 {"decimal(10,2)", "text", CANON_NUMBER},
                 {"character varying(40)", "text", CANON_TEXT},
                 {"longtext", "text", CANON_TEXT},
                 {"timestamp(6)", "my.datetime", CANON_INSTANT},
                 {"datetime", "my.datetime", CANON_CIVIL},
                 {"datetime", "sqlite", CANON_CIVIL},
                 {"INTEGER", "sqlite", CANON_NUMBER},
                 {"", "sqlite", CANON_ANY},
                 {"NVARCHAR(160)", "sqlite", CANON_TEXT},
                 {"integer[]", "pg.int4[]", CANON_ARRAY},
                 {"inet", "pg.inet", CANON_OPAQUE},
                 {"json", "text", CANON_JSON},
                 {"enum('a','b')", "text", CANON_TEXT},
                 {"year(4)", "my.uint", CANON_NUMBER},
                 {"bytea", "bytes", CANON_BYTES}};
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        CHECK_STR(canon_kind_name(canon_kind_of_name(types[i].type, types[i].form)),
                  canon_kind_name(types[i].kind));
    }
}

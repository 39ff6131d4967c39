# Every type of the engine, its edges included: a table is the same as a snapshot of it, and the same as itself.
case $ENGINE in
pg)
    sql "CREATE TYPE mood AS ENUM ('sad', 'ok')"
    sql "CREATE DOMAIN cents AS numeric(10,2)"
    sql "CREATE TABLE every (id int PRIMARY KEY, a smallint, b bigint, c numeric, d real, e double precision, f boolean, g char(5),
        h varchar(9), i bytea, j date, k time, l timetz, m timestamp, n timestamptz, o interval, p uuid, q json, r jsonb, s bit(5),
        t varbit, u inet, v cidr, w macaddr, x point, y int[], z text[], aa int4range, ab mood, ac cents, ad xml, ae tsvector,
        af numeric[], ag money, ah oid, ai mood[], aj int GENERATED ALWAYS AS (id * 2) STORED)"
    sql "INSERT INTO every VALUES (1, -32768, 9223372036854775807, 12345678901234567890.1234567890, 'NaN', '-Infinity', true, 'ab', '',
        '\\x00ff', '-infinity', '24:00', '12:00+02', 'infinity', '0044-03-15 00:00 BC', '1 mon 2 days 00:00:01',
        gen_random_uuid(), '{\"b\": 1, \"a\": [1.0]}', '{\"x\": null}', B'10101', B'1', '10.0.0.1/8', '10.0.0.0/8',
        '08:00:2b:01:02:03', '(1,2)', '{{1,2},{3,4}}', ARRAY['x', NULL, ''], '[1,5)', 'ok', 1.5, '<a/>', 'fat cat', '{1.10,NULL}',
        12.5, 4294967295, '{sad}')"
    ;;
mariadb)
    sql "CREATE TABLE every (id int PRIMARY KEY, a tinyint(1), b bigint unsigned, c decimal(65,30), d float, e double, f bit(5), g char(5),
        h varchar(9) character set latin1, i varbinary(9), j date, k time(3), m datetime(6), n timestamp(6) NULL, o year, p uuid,
        q json, r enum('a', 'b'), s set('x', 'y', 'z'), t mediumblob, u inet6, v point, w binary(5), x mediumtext,
        y int GENERATED ALWAYS AS (id * 2) STORED) CHARACTER SET utf8mb4"
    sql "SET sql_mode = ''; INSERT INTO every (id, a, b, c, d, e, f, g, h, i, j, k, m, n, o, p, q, r, s, t, u, v, w, x) VALUES
        (1, 5, 18446744073709551615, 0.000000000000000000000000000001, 16777216, 0.1, b'10101', 'ab', 'caf\303\251', x'00ff',
        '0000-00-00', '-838:59:59', '2024-00-10 00:00:00', '2038-01-01 00:00:00', 0, '123e4567-e89b-12d3-a456-426655440000',
        '{\"b\": 1, \"a\": [1.0]}', 'b', 'z,x', x'00', '::1', point(1, 2), 'ab', 'x')"
    ;;
sqlite)
    sql "CREATE TABLE every (id integer PRIMARY KEY, a, b integer, c numeric, d real, e text, f blob, g boolean, h date, i datetime, j uuid,
        k json, l decimal(10,2), m char(5), n as (id * 2))"
    sql "INSERT INTO every VALUES (1, x'00', 'text', 0.99, 1, 2, 'text', 'maybe', 'soon', '2024-02-30', 'none', '{', 1e300, 'ab  ')"
    sql "INSERT INTO every VALUES (3, 1.5, 9223372036854775807, '1e5', 9e999, '', '', 1, '2024-02-29', '2024-02-29 12:00:00.5',
        '123e4567-e89b-12d3-a456-426655440000', '[]', -0.0, '')"
    ;;
esac
sql 'INSERT INTO every (id) VALUES (2)'

# same LEFT RIGHT
same() {
    rollcall compare "$1" "$2" --json >out 2>err </dev/null || fail "$1 and $2: exit $?"
    json '[.same, .tables[0].left_rows]' "[true,$rows]"
}
rows=2
if [ "$ENGINE" = sqlite ]; then rows=3; fi
run 0 snapshot take --json
same "$URL" "$URL"
same last "$URL"
same "$URL" last
json '[.tables[0].only_left, .tables[0].only_right]' '[[],[]]'

# what is changed is found, column by column
for column in $(case $ENGINE in
    pg) echo a b c d e f g h i j k l m n o p s t u v w x y z aa ab ac ae af ag ah ai ;;
    mariadb) echo a b c d e f g h i j k m n o p q r s t u w x ;;
    sqlite) echo a b c d e f g h i j k l m ;;
    esac); do
    sql "UPDATE every SET $column = NULL WHERE id = 1"
    got=0
    rollcall compare "$URL" last --json >out 2>err </dev/null || got=$?
    [ "$got" = 1 ] || fail "$column: exit $got"
    json ".tables[0].keys[0].columns | index(\"$column\") != null" true
done

# Two implementations, one text: what `snapshot cat` prints of every type is what rescue.py reads from the file.
rescue=$(dirname "$EXAMPLES")/docs/rescue.py
case $ENGINE in
sqlite)
    sql "create table z (id integer primary key, a, r real, b blob, n numeric)"
    sql "insert into z values (1, 'a' || char(9) || 'b\\' || char(10), 1.5, x'00ff', 12.50), (2, '', 1e308, 'text', '0x10'), (3, null, -1e-320, null, 9e999), (4, 0.1 + 0.2, 3, 7, -9223372036854775808), (5, 'é😀', 100000000000000000000.0, zeroblob(3000000), -9e999)"
    ;;
pg)
    sql "create type mood as enum ('sad', 'ok')"
    sql "create table z (id integer primary key, s smallint, l bigint, o oid, f4 real, f8 double precision, n numeric, t text, b bytea, bo boolean, d date, ti time, tz timetz, ts timestamp, tstz timestamptz, iv interval, u uuid, jb jsonb, vb bit varying, ip inet, net cidr, mac macaddr, p point, ls lseg, bx box, ci circle, ia integer[], ta text[], na numeric[], m mood, ir int4range, tr tsrange, mny money, q tsvector)"
    sql "insert into z values (1, -32768, 9223372036854775807, 4294967295, '-0', 'NaN', 'NaN', E'a\\tb\\\\c\\n', '\\x0001ff00', true, 'infinity', '24:00:00', '23:59:59.999999+15:59:01', '-infinity', '2024-02-29 12:00:00.12+05:30', '1 year -2 mons 3 days -04:05:06.789', '00112233-4455-6677-8899-aabbccddeeff', '{\"b\":1}', '10101', '10.0.0.1/8', '::/0', '08:00:2b:01:02:03', '(1.5,-0)', '[(1,2),(3,4)]', '(1,1),(0,0)', '<(1,2),3>', '[-1:1]={1,NULL,3}', '{\"a,b\",NULL,\"\",\"null\",\"x\\\\y\"}', '{1.50,-0.001}', 'ok', '[1,10)', '[2024-01-01,)', '-12.34', 'a:1 b:2A')"
    sql "insert into z (id, f4, f8, n, d, ts, tstz, iv, ia, ir, t, tz) values (2, 'Infinity', '-Infinity', '-Infinity', '4713-01-01 BC', '294276-12-31 23:59:59.999999', '0001-01-01 00:00:00+00 BC', '0', '{{1,2},{3,4}}', 'empty', repeat('x', 3000000), '01:02:03-05:30'), (3, 1.17549435e-38, 5e-324, 1234567890123456.7890, '2000-01-01', '1999-12-31 23:59:59.5', 'infinity', '-1 mons +2 days', '{}', '(,)', '', null), (4, 16777216, 123456789012345680, -0.000000000000000000001, '0001-01-01', null, null, '1 day', null, null, null, null), (5, 8388608.5, 9007199254740993, 10000, null, null, null, '-00:00:01', null, null, null, null), (6, 1e-5, 0.0001, 1e20, null, null, null, '3 years', null, null, null, null)"
    sql "insert into z (id, f4, f8) select 100 + i, (i * i * 0.37 - 5000)::real, exp(i * 1.7 - 300) from generate_series(1, 300) i"
    ;;
mariadb)
    sql "create table z (id bigint unsigned primary key, ti tinyint, mi mediumint unsigned, bi bigint, f float, d double, de decimal(30,10), t longtext, b longblob, dt date, tm time(6), dtm datetime(6), ts timestamp null, y year, e enum('a','b'), se set('x','y'), bits bit(10), j json)"
    sql "insert into z values (18446744073709551615, -128, 16777215, -9223372036854775808, 16777216, 1.7976931348623157e308, -123.0123456789, 'a	b', x'0001ff', '2024-02-29', '-838:59:58.000001', '9999-12-31 23:59:59.999999', '2038-01-19 03:14:07', 1901, 'b', 'x,y', b'1010101010', '{\"a\": 1}'), (2, null, 0, 1, 1.1, 5e-324, 0, '', '', '0001-01-01', '00:00:00', '2024-01-01 00:00:00', null, null, 'a', '', b'0', null)"
    sql "insert into z (id, t, f, d) values (3, repeat('x', 3000000), 0.1, 0.1), (4, null, 1e20, 1e-10)"
    ;;
esac
run 0 snapshot take --tables z --json
id=$(jq -r .id out)
python3 "$rescue" .rollcall/snapshots/"$id"/0001.snap >rescued || fail 'rescue.py failed'
run 0 snapshot cat "$id" z
cmp rescued out || fail "cat and rescue.py differ: $(diff <(cut -c1-500 rescued) <(cut -c1-500 out) | head -6)"
[ "$(wc -l <out)" = "$(rows 'select count(*) from z')" ] || fail 'not every row is there'
run 0 snapshot cat last z --format jsonl
[ "$(jq -r .id out | sort | head -1)" = "$(rows 'select id from z' | sort | head -1)" ] || fail 'jsonl lacks a row'
run 0 snapshot cat last z --format csv
shows id,
run 2 snapshot cat last nosuch
run 2 snapshot cat last z --format xml

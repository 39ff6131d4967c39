# Every type of MySQL and MariaDB, at its edges: what a migration overwrote, deleted, moved, dropped and retyped comes back
# bit for bit, and rows that a foreign key's action changed along, too.
[ "$ENGINE" = mariadb ] || skip 'types of MySQL and MariaDB'
mkdir m
cat >m/0001_zoo.up.sql <<'SQL'
create table z (k varchar(20) character set latin1 collate latin1_general_cs, n decimal(20,4) unsigned, ti
tinyint unsigned, mi mediumint, bi bigint unsigned, f float, d double, dp double(10,2), c char(5), x
longtext, l varchar(20) character set latin1, b longblob, vb varbinary(20), fb binary(4), dt date, tm
time(6), dtm datetime(6), ts timestamp(3) null, y year, e enum('','a','it''s') character set latin1, se
set('x','y','z'), bits bit(33), j json, geo geometry, g int generated always as (ti + 1) virtual, gs int
generated always as (ti + 2) stored, primary key (n, k));
create table child (id int auto_increment primary key, n decimal(20,4) unsigned, k varchar(20) character set
latin1 collate latin1_general_cs, foreign key (n, k) references z (n, k) on delete cascade on update cascade);
set sql_mode = 'ALLOW_INVALID_DATES';
insert into z (k, n, ti, mi, bi, f, d, dp, c, x, l, b, vb, fb, dt, tm, dtm, ts, y, e, se, bits, j, geo)
values ('K ', 9999999999999999.9999, 254, -8388608, 18446744073709551615, 16777216.796875,
1.7976931348623157e308, -12.34, 'c', '😀 ', 'café', x'0001ff00', x'00', x'01', '0000-00-00',
'-838:59:59.000000', '2024-02-31 00:00:00', '0000-00-00 00:00:00', 1901, '', 'x,z',
b'101010101010101010101010101010101', '{"b": 1,  "a": [1.00]}', ST_GeomFromText('POINT(1 -2)'));
insert into z (k, n, d, f, x) values ('k ', 0, 0e0*-1e0, 0e0 * -1e0, 'A'), ('k', 1, 0.1, 0.1, 'a '), ('gone',
2, 3.14159265358979, 1e-38, 'd');
insert into child (n, k) select n, k from z;
insert into child (n, k) select n, k from z;
SQL
echo 'DROP TABLE child; DROP TABLE z;' >m/0001_zoo.down.sql
cat >m/0002_change.up.sql <<'SQL'
set sql_mode = "";
update z set x = lower(trim(x)), l = upper(l), f = f + 1, d = d + 0e0, dt = null, dtm = now(), ts = now(), y
= 0, e = 'a', se = '', bits = 0, j = '{}', b = 'x', vb = '', fb = '', tm = 0, c = 'C', mi = mi + 1, ti = 5,
dp = 1, bi = 1, geo = null;
delete from z where k = 'gone';
update z set k = 'moved' where n = 1;
alter table z drop column x;
alter table z modify f decimal(10,1), modify bits bit(40);
insert into z (k, n) values ('new', 77);
SQL
cat >m/0002_change.down.sql <<'SQL'
delete from z where n = 77;
alter table z add column x longtext after c;
alter table z modify f float, modify bits bit(33);
SQL
content() {
    rows "select hex(k), n, ti, mi, bi, f * 1e0, atan2(f, -1), d, atan2(d, -1), dp, hex(c), hex(x), hex(l), hex(b), hex(vb),
        hex(fb), dt, tm, dtm, ts, y, e, e + 0, se, bits + 0, j, hex(st_astext(geo)), g, gs from z order by n, k"
    rows 'select * from child order by id'
}
run 0 up --to 0001
content >before
[ "$(wc -l <before)" = 12 ] || fail 'the zoo is not whole'
run 0 up
expect 'select count(*) from child' 6
expect "select k from z where n = 1" moved
run 0 rollback
content >after
diff before after >out || fail 'rows differ'

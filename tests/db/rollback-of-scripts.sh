# Migrations whose effects do not show in a single statement: procedures, rebuilt tables, partitions, several steps, steps applied
# again.
case='a block that changes rows'
case $ENGINE in
pg) up="DO \$\$ DECLARE r record; BEGIN FOR r IN SELECT id FROM blk WHERE id < 4 LOOP UPDATE blk SET v = upper(v) WHERE id = r.id; END LOOP;
DELETE FROM blk WHERE id = 4; END \$\$;" ;;
mariadb) up="DELIMITER //
CREATE PROCEDURE shout() BEGIN UPDATE blk SET v = upper(v) WHERE id < 4; DELETE FROM blk WHERE id = 4; END //
DELIMITER ;
CALL shout();
DROP PROCEDURE shout;" ;;
sqlite) up="CREATE TEMP TABLE todo AS SELECT id FROM blk WHERE id < 4;
UPDATE blk SET v = upper(v) WHERE id IN (SELECT id FROM todo); DROP TABLE todo; DELETE FROM blk WHERE id = 4;" ;;
esac
there_and_back 'CREATE TABLE blk (id integer PRIMARY KEY, v varchar(20), n integer);' \
    "INSERT INTO blk VALUES (1, 'one', 1), (2, 'two', 2), (3, 'three', 3), (4, 'four', 4), (5, 'five', 5)" "$up" - \
    "UPDATE blk SET v = 'later' WHERE id = 2; UPDATE blk SET n = 33 WHERE id = 3; UPDATE blk SET v = 'mine' WHERE id = 5; INSERT INTO blk VALUES (6, 'NEW', 6)"
expect 'SELECT id, v, n FROM blk ORDER BY id' $'1|one|1\n2|later|2\n3|three|33\n4|four|4\n5|mine|5\n6|NEW|6'

if [ "$ENGINE" = pg ]; then
    case='a function that changes rows in a SELECT'
    there_and_back "CREATE TABLE fn (id integer PRIMARY KEY, v integer);
CREATE FUNCTION bump(by integer) RETURNS void LANGUAGE sql AS 'UPDATE fn SET v = v + by';" \
        'INSERT INTO fn VALUES (1, 1), (2, 2)' 'SELECT bump(10);' - 'UPDATE fn SET v = 99 WHERE id = 2; INSERT INTO fn VALUES (3, 3)'
    expect 'SELECT id, v FROM fn ORDER BY id' $'1|1\n2|99\n3|3'

    case='rows move between partitions'
    there_and_back 'CREATE TABLE part (id integer, y integer, v text, PRIMARY KEY (id, y)) PARTITION BY RANGE (y);
CREATE TABLE part_a PARTITION OF part FOR VALUES FROM (0) TO (10);
CREATE TABLE part_b PARTITION OF part FOR VALUES FROM (10) TO (20);' \
        "INSERT INTO part VALUES (1, 5, 'a'), (2, 15, 'b'), (3, 6, 'c'), (4, 7, 'd')" \
        "UPDATE part SET v = upper(v); UPDATE part SET y = y + 10 WHERE id = 3; DELETE FROM part WHERE id = 4;" - \
        "UPDATE part SET v = 'later' WHERE id = 2; INSERT INTO part VALUES (9, 9, 'new')"
    expect 'SELECT id, y, v FROM part ORDER BY id, y' $'1|5|a\n2|15|later\n3|6|c\n4|7|d\n9|9|new'
    expect 'SELECT id FROM ONLY part_a ORDER BY id' $'1\n3\n4\n9'

    case='rows of a single partition'
    there_and_back 'CREATE TABLE one (id integer PRIMARY KEY, v text) PARTITION BY RANGE (id);
CREATE TABLE one_a PARTITION OF one FOR VALUES FROM (0) TO (10);
CREATE TABLE one_b PARTITION OF one FOR VALUES FROM (10) TO (20);' "INSERT INTO one VALUES (1, 'a'), (2, 'b'), (3, 'c'), (11, 'd')" \
        "UPDATE one_a SET v = upper(v); DELETE FROM one_a WHERE id = 3;" - "UPDATE one SET v = 'later' WHERE id IN (2, 11)"
    expect 'SELECT id, v FROM one ORDER BY id' $'1|a\n2|later\n3|c\n11|later'

    case='a partition is dropped'
    there_and_back 'CREATE TABLE yr (id integer, y integer, v text, PRIMARY KEY (id, y)) PARTITION BY LIST (y);
CREATE TABLE yr_1 PARTITION OF yr FOR VALUES IN (1);
CREATE TABLE yr_2 PARTITION OF yr FOR VALUES IN (2);' \
        "INSERT INTO yr VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 2, 'c')" 'DROP TABLE yr_1;' \
        'CREATE TABLE yr_1 PARTITION OF yr FOR VALUES IN (1);' "UPDATE yr SET v = 'later' WHERE id = 3; INSERT INTO yr VALUES (4, 2, 'new')"
    expect 'SELECT id, y, v FROM yr ORDER BY id' $'1|1|a\n2|1|b\n3|2|later\n4|2|new'
fi

case='a table is built anew under the same name'
swap="DROP TABLE built; ALTER TABLE built_new RENAME TO built;"
there_and_back 'CREATE TABLE built (id integer PRIMARY KEY, v varchar(20), gone varchar(20));' \
    "INSERT INTO built VALUES (1, 'a', 'x'), (2, 'b', 'y'), (3, 'c', 'z'), (4, 'd', 'w')" \
    "CREATE TABLE built_new (id integer PRIMARY KEY, v varchar(20), extra integer);
INSERT INTO built_new (id, v, extra) SELECT id, upper(v), id * 10 FROM built;
$swap" "CREATE TABLE built_new (id integer PRIMARY KEY, v varchar(20), gone varchar(20));
INSERT INTO built_new (id, v, gone) SELECT id, lower(v), 'unknown' FROM built;
$swap" "UPDATE built SET v = 'LATER' WHERE id = 2; UPDATE built SET extra = 0 WHERE id = 3; DELETE FROM built WHERE id = 4; INSERT INTO built VALUES (5, 'NEW', 50)"
# What was written to a column that the migration made makes the row a later one: its old column is computed.
expect 'SELECT id, v, gone FROM built ORDER BY id' $'1|a|x\n2|LATER|unknown\n3|c|unknown\n5|new|unknown'

case='two steps back in one go'
migration 8001_base 'CREATE TABLE steps (id integer PRIMARY KEY, v varchar(20), n integer);' 'DROP TABLE steps;'
migration 8002_upper "UPDATE steps SET v = upper(v);" 'UPDATE steps SET v = lower(v);'
migration 8003_tenfold 'UPDATE steps SET n = n * 10; DELETE FROM steps WHERE id = 4;' 'UPDATE steps SET n = n / 10;'
run 0 up --to 8001
sql "INSERT INTO steps VALUES (1, 'One', 1), (2, 'Two', 2), (3, 'Three', 3), (4, 'Four', 4)"
run 0 up --to 8002
sql "UPDATE steps SET v = 'between' WHERE id = 2"
sql "UPDATE steps SET v = 'fourth' WHERE id = 4"
run 0 up
sql "UPDATE steps SET n = 333 WHERE id = 3"
sql "INSERT INTO steps VALUES (5, 'NEW', 50)"
run 0 rollback --steps 2 --no-freeze
expect 'SELECT id, v, n FROM steps WHERE id < 5 ORDER BY id' $'1|One|1\n2|between|2\n3|Three|333\n4|fourth|4'
expect 'SELECT count(*) FROM steps WHERE id = 5' 1

case='applied again: the new column is back where nobody interfered'
migration 9001_base 'CREATE TABLE again (id integer PRIMARY KEY, name varchar(20));' 'DROP TABLE again;'
migration 9002_split "ALTER TABLE again ADD COLUMN nick varchar(20);
ALTER TABLE again ADD COLUMN shout varchar(20);
UPDATE again SET shout = upper(name);
ALTER TABLE again DROP COLUMN name;" 'ALTER TABLE again ADD COLUMN name varchar(20);
UPDATE again SET name = lower(shout);
ALTER TABLE again DROP COLUMN shout;
ALTER TABLE again DROP COLUMN nick;'
run 0 up --to 9001
sql "INSERT INTO again VALUES (1, 'Ann'), (2, 'Bob'), (3, 'Cy'), (4, 'Di')"
run 0 up
sql "UPDATE again SET nick = 'annie' WHERE id = 1"
sql "UPDATE again SET nick = 'bobby', shout = 'ROBERT' WHERE id = 2"
sql "UPDATE again SET shout = 'CYRUS' WHERE id = 3"
sql "UPDATE again SET nick = 'didi' WHERE id = 4"
run 0 rollback --no-freeze
expect 'SELECT id, name FROM again ORDER BY id' $'1|Ann\n2|robert\n3|cyrus\n4|Di'
sql "UPDATE again SET name = 'Rupert' WHERE id = 2"
sql "DELETE FROM again WHERE id = 4"
run 0 up
expect "SELECT id, coalesce(nick, '-'), shout FROM again ORDER BY id" $'1|annie|ANN\n2|-|RUPERT\n3|-|CYRUS'
run 0 rollback --no-freeze
expect 'SELECT id, name FROM again ORDER BY id' $'1|Ann\n2|Rupert\n3|cyrus'

case='applied again: the rows of a table that went'
migration 9501_extra 'CREATE TABLE extra (id integer PRIMARY KEY, v varchar(20));
INSERT INTO extra VALUES (1, '"'seed'), (2, 'seed'"');' 'DROP TABLE extra;'
run 0 up
sql "INSERT INTO extra VALUES (3, 'mine')"
sql "UPDATE extra SET v = 'changed' WHERE id = 2"
run 0 rollback --no-freeze
expect_tables "$(tables)"
run 0 up
expect 'SELECT id, v FROM extra ORDER BY id' $'1|seed\n2|changed\n3|mine'

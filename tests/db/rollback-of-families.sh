# Tables that belong together: merged, split, dropped and emptied with their foreign keys, cascades, references to itself.
on= # what makes SQLite heed foreign keys
[ "$ENGINE" != sqlite ] || on='PRAGMA foreign_keys = ON;'

case='two tables become one'
there_and_back 'CREATE TABLE cat (id integer PRIMARY KEY, name varchar(20), lives integer);
CREATE TABLE dog (id integer PRIMARY KEY, name varchar(20), bark varchar(20));' \
    "INSERT INTO cat VALUES (1, 'Tom', 9), (2, 'Kit', 7); INSERT INTO dog VALUES (1, 'Rex', 'wuff'), (2, 'Bo', 'arf')" \
    "CREATE TABLE pet (id integer PRIMARY KEY, kind varchar(3), name varchar(20));
INSERT INTO pet SELECT id, 'cat', name FROM cat;
INSERT INTO pet SELECT 100 + id, 'dog', name FROM dog;
DROP TABLE cat; DROP TABLE dog;" \
    "CREATE TABLE cat (id integer PRIMARY KEY, name varchar(20), lives integer);
CREATE TABLE dog (id integer PRIMARY KEY, name varchar(20), bark varchar(20));
INSERT INTO cat (id, name) SELECT id, name FROM pet WHERE kind = 'cat';
INSERT INTO dog (id, name) SELECT id - 100, name FROM pet WHERE kind = 'dog';
DROP TABLE pet;" \
    "UPDATE pet SET name = 'Max' WHERE id = 101; INSERT INTO pet VALUES (3, 'cat', 'Mia')"
# cat and dog were not there to be written to: their rows are those of before; what came since is computed.
expect 'SELECT id, name, coalesce(lives, 0) FROM cat ORDER BY id' $'1|Tom|9\n2|Kit|7\n3|Mia|0'
expect 'SELECT id, name, bark FROM dog ORDER BY id' $'1|Rex|wuff\n2|Bo|arf'

case='one table becomes two'
there_and_back 'CREATE TABLE person (id integer PRIMARY KEY, name varchar(20), street varchar(20));' \
    "INSERT INTO person VALUES (1, 'Ann', 'Elm  St'), (2, 'Bob', 'Oak'), (3, 'Cy', NULL), (4, 'Di', 'Fir')" \
    "CREATE TABLE address (person integer PRIMARY KEY, street varchar(20));
INSERT INTO address SELECT id, street FROM person WHERE street IS NOT NULL;
ALTER TABLE person DROP COLUMN street;" \
    "ALTER TABLE person ADD COLUMN street varchar(20);
UPDATE person SET street = (SELECT street FROM address WHERE person = id);
DROP TABLE address;" \
    "INSERT INTO person VALUES (5, 'Ed'); INSERT INTO address VALUES (5, 'Ash'); UPDATE person SET name = 'Robert' WHERE id = 2; DELETE FROM person WHERE id = 4"
expect "SELECT id, name, coalesce(street, '-') FROM person ORDER BY id" $'1|Ann|Elm  St\n2|Robert|Oak\n3|Cy|-\n5|Ed|Ash'

case='parent and child are dropped'
there_and_back 'CREATE TABLE parent (id integer PRIMARY KEY, v varchar(20));
CREATE TABLE child (id integer PRIMARY KEY, parent integer, FOREIGN KEY (parent) REFERENCES parent (id));' \
    "INSERT INTO parent VALUES (1, 'p'), (2, 'q'); INSERT INTO child VALUES (10, 1), (11, 1), (12, NULL)" \
    'DROP TABLE child; DROP TABLE parent;' \
    'CREATE TABLE parent (id integer PRIMARY KEY, v varchar(20));
CREATE TABLE child (id integer PRIMARY KEY, parent integer, FOREIGN KEY (parent) REFERENCES parent (id));' ''
expect 'SELECT id, v FROM parent ORDER BY id' $'1|p\n2|q'
expect 'SELECT id, coalesce(parent, 0) FROM child ORDER BY id' $'10|1\n11|1\n12|0'
if rows "$on INSERT INTO child VALUES (13, 99)" >sql.log 2>&1; then fail 'the foreign key is gone'; fi

case='a parent is deleted, its children with it'
there_and_back 'CREATE TABLE p2 (id integer PRIMARY KEY, v varchar(20));
CREATE TABLE c2 (id integer PRIMARY KEY, parent integer NOT NULL, v varchar(20), FOREIGN KEY (parent) REFERENCES p2 (id) ON DELETE CASCADE);' \
    "INSERT INTO p2 VALUES (1, 'p'), (2, 'q'); INSERT INTO c2 VALUES (10, 1, 'a'), (11, 1, 'b'), (12, 2, 'c'), (14, 2, 'd')" \
    "$on
DELETE FROM p2 WHERE id = 1;" - "$on UPDATE c2 SET v = 'later' WHERE id = 12; INSERT INTO c2 VALUES (13, 2, 'new'); DELETE FROM c2 WHERE id = 14"
expect 'SELECT id, v FROM p2 ORDER BY id' $'1|p\n2|q'
expect 'SELECT id, parent, v FROM c2 ORDER BY id' $'10|1|a\n11|1|b\n12|2|later\n13|2|new'

case='children are set to NULL'
there_and_back 'CREATE TABLE p3 (id integer PRIMARY KEY, v varchar(20));
CREATE TABLE c3 (id integer PRIMARY KEY, parent integer, v varchar(20), FOREIGN KEY (parent) REFERENCES p3 (id) ON DELETE SET NULL);' \
    "INSERT INTO p3 VALUES (1, 'p'), (2, 'q'); INSERT INTO c3 VALUES (10, 1, 'a'), (11, 1, 'b'), (12, 2, 'c')" \
    "$on
DELETE FROM p3 WHERE id = 1;" - "UPDATE c3 SET parent = 2 WHERE id = 11; UPDATE c3 SET v = 'later' WHERE id = 10"
expect 'SELECT id, v FROM p3 ORDER BY id' $'1|p\n2|q'
expect 'SELECT id, parent, v FROM c3 ORDER BY id' $'10|1|later\n11|2|b\n12|2|c'

case='a key that its children follow'
there_and_back 'CREATE TABLE p4 (id integer PRIMARY KEY, v varchar(20));
CREATE TABLE c4 (id integer PRIMARY KEY, parent integer, FOREIGN KEY (parent) REFERENCES p4 (id) ON UPDATE CASCADE ON DELETE CASCADE);' \
    "INSERT INTO p4 VALUES (1, 'p'), (2, 'q'); INSERT INTO c4 VALUES (10, 1), (11, 2), (12, 2)" \
    "$on
UPDATE p4 SET id = id + 1000;" "$on
UPDATE p4 SET id = id - 1000;" "$on DELETE FROM c4 WHERE id = 12; INSERT INTO c4 VALUES (13, 1001)"
expect 'SELECT id, v FROM p4 ORDER BY id' $'1|p\n2|q'
expect 'SELECT id, parent FROM c4 ORDER BY id' $'10|1\n11|2\n13|1'

case='a tree in one table'
there_and_back 'CREATE TABLE tree (id integer PRIMARY KEY, up integer, v varchar(20), FOREIGN KEY (up) REFERENCES tree (id) ON DELETE CASCADE);' \
    "INSERT INTO tree VALUES (1, NULL, 'root'), (2, 1, 'a'), (3, 2, 'b'), (4, 1, 'c'), (5, 4, 'd')" \
    "$on
DELETE FROM tree WHERE id = 2;" - "UPDATE tree SET v = 'later' WHERE id = 4; INSERT INTO tree VALUES (6, 5, 'new')"
expect 'SELECT id, coalesce(up, 0), v FROM tree ORDER BY id' $'1|0|root\n2|1|a\n3|2|b\n4|1|later\n5|4|d\n6|5|new'

case='a tree is dropped'
there_and_back 'CREATE TABLE tree2 (id integer PRIMARY KEY, up integer, FOREIGN KEY (up) REFERENCES tree2 (id));' \
    "INSERT INTO tree2 VALUES (9, NULL), (10, 9), (3, 10)" 'DROP TABLE tree2;' \
    'CREATE TABLE tree2 (id integer PRIMARY KEY, up integer, FOREIGN KEY (up) REFERENCES tree2 (id));' ''
expect 'SELECT id, coalesce(up, 0) FROM tree2 ORDER BY id' $'3|10\n9|0\n10|9'

case='everything is emptied'
empty='TRUNCATE TABLE bag'
[ "$ENGINE" != sqlite ] || empty='DELETE FROM bag'
there_and_back 'CREATE TABLE bag (id integer PRIMARY KEY, v varchar(20));' "INSERT INTO bag VALUES (1, 'a'), (2, 'b'), (3, 'c')" "$empty;" - \
    "INSERT INTO bag VALUES (2, 'taken'), (7, 'new')"
expect 'SELECT id, v FROM bag ORDER BY id' $'1|a\n2|taken\n3|c\n7|new'

case='parent and children are emptied'
case $ENGINE in
pg) empty='TRUNCATE p5 CASCADE;' ;;
*) empty='DELETE FROM c5; DELETE FROM p5;' ;;
esac
there_and_back 'CREATE TABLE p5 (id integer PRIMARY KEY, v varchar(20));
CREATE TABLE c5 (id integer PRIMARY KEY, parent integer, FOREIGN KEY (parent) REFERENCES p5 (id));' \
    "INSERT INTO p5 VALUES (1, 'p'), (2, 'q'); INSERT INTO c5 VALUES (10, 1), (11, 2)" "$empty" - \
    "INSERT INTO p5 VALUES (3, 'new'); INSERT INTO c5 VALUES (12, 3)"
expect 'SELECT id, v FROM p5 ORDER BY id' $'1|p\n2|q\n3|new'
expect 'SELECT id, parent FROM c5 ORDER BY id' $'10|1\n11|2\n12|3'

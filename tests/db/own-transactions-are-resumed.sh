# engines: pg sqlite
migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);
INSERT INTO a VALUES (1);' 'DROP TABLE a;'
run 0 up
# The first of its transactions stands when the second fails: what is done is not done again.
migration 0002_b 'BEGIN;
CREATE TABLE b (id integer PRIMARY KEY);
INSERT INTO b VALUES (10);
COMMIT;
BEGIN;
INSERT INTO b VALUES (11);
INSERT INTO a VALUES (1);
COMMIT;' 'DROP TABLE b;'
run 5 up
says '0002_b.up.sql:7'
expect 'SELECT id FROM b' 10
run 5 up
sql 'DELETE FROM a WHERE id = 1'
run 0 resume
expect 'SELECT id FROM b ORDER BY id' $'10\n11'
expect 'SELECT count(*) FROM a' 1
run 0 drift
run 0 rollback # takes back the row that the migration had inserted, too
expect 'SELECT count(*) FROM a' 0

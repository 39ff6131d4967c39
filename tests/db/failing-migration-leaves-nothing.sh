# engines: sqlite pg
migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);
INSERT INTO a VALUES (1);
INSERT INTO a VALUES (1);' 'DROP TABLE a;'
run 4 up
says '0001_a.up.sql:3'
expect_tables ''
run 1 status --check --json
json '.services[0].interrupted' null
json '.services[0].pending | length' 1
migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);' 'DROP TABLE a;'
run 0 up
expect_tables a

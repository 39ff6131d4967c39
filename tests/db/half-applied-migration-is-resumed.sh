# engines: mariadb
migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);' 'DROP TABLE a;'
migration 0002_b 'CREATE TABLE b (id integer PRIMARY KEY);
INSERT INTO b VALUES (1);
INSERT INTO b SELECT 2 FROM missing;
CREATE TABLE c (id integer PRIMARY KEY);' 'DROP TABLE c; DROP TABLE b;'
run 5 up
says '0002_b.up.sql:3'
says resume
expect_tables 'a b'
run 0 status --json
json '.services[0].applied | length' 1
json '.services[0].interrupted | type' object
run 5 up
expect_tables 'a b'
sql 'CREATE TABLE missing (id integer PRIMARY KEY)'
sql 'INSERT INTO missing VALUES (1)'
run 0 resume
expect 'SELECT count(*) FROM b' 2
sql 'DROP TABLE missing'
run 0 status --json
json '.services[0].interrupted' null
json '.services[0].applied | length' 2

# engines: pg
migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY, name text);
INSERT INTO a VALUES (1, $$x$$), (2, $$x$$);' 'DROP TABLE a;'
migration 0002_index 'CREATE INDEX CONCURRENTLY a_name ON a (name);' 'DROP INDEX CONCURRENTLY a_name;'
run 0 up
expect "SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_name'::regclass" t
run 0 rollback
migration 0002_index 'CREATE UNIQUE INDEX CONCURRENTLY a_name ON a (name);' 'DROP INDEX CONCURRENTLY a_name;'
run 5 up
says a_name
sql 'DELETE FROM a WHERE id = 2'
run 0 resume
expect "SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_name'::regclass" t

migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT NOT NULL, b INTEGER);' 'DROP TABLE a;'
migration 0002_b 'ALTER TABLE a DROP COLUMN name;
DROP INDEX IF EXISTS a_name; -- rollcall: ignore=drop-table' 'ALTER TABLE a ADD COLUMN name VARCHAR(20);'
migration 0003_c 'CREATE TABLE b (id INTEGER PRIMARY KEY);'
rc on lint
rc on lint --verbose --quiet

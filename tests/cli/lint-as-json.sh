migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT);' 'DROP TABLE a;'
migration 0002_b '-- rollcall: class=snapshot
ALTER TABLE a DROP COLUMN name;' 'ALTER TABLE a ADD COLUMN name TEXT;'
rc on lint --json

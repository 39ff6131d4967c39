migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT);' 'DROP TABLE a;'
migration 0002_b 'ALTER TABLE a ADD COLUMN x TEXT;' 'ALTER TABLE a DROP COLUMN x;'
migration 0003_c '-- rollcall: class=irreversible reason="the old rows are gone"
DROP TABLE a;'
rc on drill
rc on drill --range --from 1 --to 2 --walk

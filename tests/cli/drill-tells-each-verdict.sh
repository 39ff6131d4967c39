migration 0001_good 'CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT);' 'DROP TABLE a;'
migration 0002_forgets 'CREATE TABLE b (id INTEGER PRIMARY KEY); CREATE INDEX a_name ON a (name);' 'DROP TABLE b;'
migration 0003_empty 'CREATE TABLE c (id INTEGER PRIMARY KEY);' '-- nothing'
migration 0004_missing 'CREATE TABLE d (id INTEGER PRIMARY KEY);'
migration 0005_fails 'CREATE TABLE e (id INTEGER PRIMARY KEY);' 'DROP TABLE nowhere;'
migration 0006_up_fails 'CREATE TABLE a (id INTEGER);' 'DROP TABLE a;'
migration 0007_moves 'ALTER TABLE c ADD COLUMN x TEXT; ALTER TABLE c ADD COLUMN y TEXT;' \
    'ALTER TABLE c DROP COLUMN y; ALTER TABLE c DROP COLUMN x;'
rc on drill --walk
ls

migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT);' 'DROP TABLE a;'
on up --quiet
rc on drift
sqlite3 t.db 'ALTER TABLE a ADD COLUMN age INTEGER; CREATE INDEX a_name ON a (name)'
rc on drift
rc on drift --json
rc on status --check

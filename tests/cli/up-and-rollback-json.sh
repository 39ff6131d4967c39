migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY);' 'DROP TABLE a;'
on up --json
on rollback --no-freeze --json

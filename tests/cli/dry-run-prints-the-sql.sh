migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY);
INSERT INTO a VALUES (1);' 'DROP TABLE a;'
rc on up --dry-run
ls
on up --quiet
rc on rollback --dry-run
tables

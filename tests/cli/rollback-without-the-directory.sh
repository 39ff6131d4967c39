migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY);' 'DROP TABLE a;'
on up --quiet
rm -r m
rc on rollback
tables

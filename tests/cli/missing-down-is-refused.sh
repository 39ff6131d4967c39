migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY);'
on up --quiet
rc on rollback
tables

migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY);' 'DROP TABLE a;'
on up --quiet
echo 'DROP TABLE IF EXISTS a;' >m/0001_a.down.sql
rc on rollback
tables
rc on rollback --use-edited
tables

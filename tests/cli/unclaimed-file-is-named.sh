migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY);' 'DROP TABLE a;'
echo 'SELECT 1;' >m/0002_b.upp.sql
rc on lint
rc on status

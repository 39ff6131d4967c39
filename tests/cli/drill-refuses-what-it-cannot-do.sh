migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY);' 'DROP TABLE a;'
rc on drill --from 7
mkdir rows
echo 'SELECT 1;' >rows/0009_nobody.sql
rc on drill --rows rows
rc on drill --rows nowhere
rc rollcall drill --db sqlite:t.db
rc rollcall drill --dir m
rc on drill --json --to 7

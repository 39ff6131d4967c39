migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY);' 'DROP TABLE a;'
cp m/0001_a.up.sql m/0001_a.UP.sql
rc on up --quiet
rm m/0001_a.UP.sql
mkdir n
cp m/* n
rc rollcall up --db sqlite:t.db --dir m,n
tables

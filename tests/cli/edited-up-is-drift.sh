migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY);' 'DROP TABLE a;'
on up --quiet
echo '-- afterthought' >>m/0001_a.up.sql
rc on status --check
rc on drift

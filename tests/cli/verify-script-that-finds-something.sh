migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY);' 'DROP TABLE a;'
echo "SELECT 'a has no rows' WHERE NOT EXISTS (SELECT 1 FROM a);" >m/0001_a.verify.sql
rc on up
tables

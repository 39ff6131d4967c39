migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);' 'DROP TABLE a;'
echo "SELECT 'a has no rows' FROM (SELECT 1 AS one) x WHERE NOT EXISTS (SELECT 1 FROM a);" >m/0001_a.verify.sql
run 6 up
says 'a has no rows'

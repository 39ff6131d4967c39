# The folder with the saved files is gone: what is small lies in the registry, too.
migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY, v varchar(40), w varchar(40));' 'DROP TABLE a;'
run 0 up
sql "INSERT INTO a VALUES (1, 'one', 'x'), (2, 'two', 'y')"
migration 0002_b "ALTER TABLE a DROP COLUMN w;" 'ALTER TABLE a ADD COLUMN w varchar(40);'
run 0 up
rm -rf .rollcall
run 0 rollback
expect 'SELECT id, v, w FROM a ORDER BY id' '1|one|x
2|two|y'

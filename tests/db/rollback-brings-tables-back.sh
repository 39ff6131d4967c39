# A table with everything in it is dropped, another emptied; both come back whole. finish lets go of that.
migration 0001_base 'CREATE TABLE keep_me (id integer PRIMARY KEY, v varchar(40));
CREATE TABLE log_line (id integer PRIMARY KEY, v varchar(40));' 'DROP TABLE log_line;
DROP TABLE keep_me;'
run 0 up
sql "INSERT INTO keep_me VALUES (1, 'one'), (2, NULL), (3, '')"
sql "INSERT INTO log_line VALUES (1, 'x'), (2, 'y')"
case $ENGINE in
sqlite) empty='DELETE FROM log_line;' ;;
*) empty='TRUNCATE TABLE log_line;' ;;
esac
migration 0002_clean "DROP TABLE keep_me;
$empty" 'CREATE TABLE keep_me (id integer PRIMARY KEY, v varchar(40));'
run 0 up
sql "INSERT INTO log_line VALUES (3, 'z')"
run 0 snapshot list
shows 'keep_me'
run 0 snapshot gc --keep 1
run 0 rollback
expect 'SELECT id, v FROM keep_me WHERE v IS NOT NULL ORDER BY id' '1|one
3|'
expect 'SELECT count(*) FROM keep_me' 3
expect 'SELECT id, v FROM log_line ORDER BY id' '1|x
2|y
3|z'
run 0 up
run 0 finish --json
shows '"0002"'
run 3 rollback
says 'released'
says '--unprotected'
run 0 rollback --unprotected
expect 'SELECT count(*) FROM keep_me' 0

# engines: pg mariadb
migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);' 'DROP TABLE a;'
run 0 up
hold 'SELECT * FROM a'
migration 0002_b '-- rollcall: lock_timeout=200ms
ALTER TABLE a ADD COLUMN name varchar(40);' 'ALTER TABLE a DROP COLUMN name;'
run 4 up
says lock
case $ENGINE in
pg) says "$(rows "SELECT pid FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()")" ;;
mariadb) says "$(rows "SELECT id FROM information_schema.processlist WHERE db = database() AND id <> connection_id()")" ;;
esac
release
run 0 up

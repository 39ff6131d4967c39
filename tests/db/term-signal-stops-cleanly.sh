# engines: pg mariadb
migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);' 'DROP TABLE a;'
run 0 up
migration 0002_b '-- rollcall: lock_timeout=60s
ALTER TABLE a ADD COLUMN name varchar(40);' 'ALTER TABLE a DROP COLUMN name;'
hold 'SELECT * FROM a'
start first up
waiting() { [ "$(rows "$1")" = 1 ]; }
case $ENGINE in
pg) wait_until waiting "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()" ;;
mariadb) wait_until waiting "SELECT count(*) FROM information_schema.processlist WHERE state LIKE 'Waiting for table metadata%' AND db = database()" ;;
esac
kill -TERM "${pid[first]}"
finish first '4 5'
release
run 0 status --json
json '.services[0].applied | length' 1
run 0 resume
run 0 up
expect "SELECT count(*) FROM information_schema.columns WHERE table_name = 'a' AND table_schema IN ('public', '$DATABASE')" 2

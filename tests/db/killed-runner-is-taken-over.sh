# engines: pg mariadb
migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);' 'DROP TABLE a;'
run 0 up
migration 0002_b '-- rollcall: lock_timeout=60s
INSERT INTO a VALUES (1);
CREATE TABLE b (id integer PRIMARY KEY);
ALTER TABLE a ADD COLUMN name varchar(40);' 'DROP TABLE b; ALTER TABLE a DROP COLUMN name; DELETE FROM a;'
hold 'SELECT * FROM a'
start first up
waiting() { [ "$(rows "$1")" = 1 ]; }
case $ENGINE in
pg) wait_until waiting "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()" ;;
mariadb) wait_until waiting "SELECT count(*) FROM information_schema.processlist WHERE state LIKE 'Waiting for table metadata%' AND db = database()" ;;
esac
kill_hard first
# The server has not noticed yet; it must not run the statement after all once the lock is gone.
case $ENGINE in
pg) sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()" ;;
mariadb) sql "KILL $(rows "SELECT id FROM information_schema.processlist WHERE state LIKE 'Waiting for table metadata%' AND db = database()")" ;;
esac
release
case $ENGINE in
pg)
    wait_until waiting "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'rollcall%' AND datname = current_database())"
    run 0 up
    ;;
mariadb)
    wait_until waiting "SELECT count(*) = 0 FROM information_schema.processlist WHERE db = database() AND id <> connection_id()"
    run 5 up
    says resume
    run 0 resume
    ;;
esac
expect 'SELECT count(*) FROM a' 1
expect_tables 'a b'
run 0 status --check

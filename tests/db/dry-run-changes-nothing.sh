migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);
INSERT INTO a VALUES (1);' 'DROP TABLE a;'
run 0 up --dry-run
shows 'INSERT INTO a VALUES (1)'
case $ENGINE in
sqlite) [ ! -e "${URL#sqlite:}" ] || fail 'a database file was created' ;;
pg) expect "SELECT count(*) FROM pg_namespace WHERE nspname = 'rollcall'" 0 ;;
mariadb) expect "SELECT count(*) FROM information_schema.tables WHERE table_schema = database()" 0 ;;
esac
expect_tables ''
run 0 up
run 0 rollback --dry-run
shows 'DROP TABLE a'
expect 'SELECT count(*) FROM a' 1

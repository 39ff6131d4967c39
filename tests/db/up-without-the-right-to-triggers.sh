# An account that may not create triggers cannot log what a statement changes: the table is saved whole before it, which
# serves the way back as well.
[ "$ENGINE" = mariadb ] || skip 'a right of MySQL and MariaDB'
user=rc_${DATABASE##*_}
sql "CREATE USER '$user'@'%'"
sql "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, INDEX, ALTER, REFERENCES, LOCK TABLES ON $DATABASE.* TO '$user'@'%'"
URL=${URL/root@/$user@}
migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY, v varchar(40)); INSERT INTO a VALUES (1, "one"), (2, "two");' 'DROP TABLE a;'
migration 0002_shout 'UPDATE a SET v = upper(v);' 'UPDATE a SET v = v WHERE id = 0;'
run 0 up
expect 'SELECT v FROM a' $'ONE\nTWO'
sql "UPDATE a SET v = 'later' WHERE id = 2"
sql "INSERT INTO a VALUES (3, 'three')"
URL=${URL/$user@/root@} # the way back freezes the table
run 0 rollback --to 0001
expect 'SELECT id, v FROM a ORDER BY id' $'1|one\n2|later\n3|three'
expect "SELECT count(*) FROM information_schema.tables WHERE table_schema = database() AND table_name LIKE 'rollcall_log%'" 0
sql "DROP USER '$user'@'%'"

# Frozen by hand first, as in an incident: the rollback writes through the freeze, nobody else does, and the freeze stays until it is
# thawed. Without a freeze of its own a rollback has no pass either.
migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY, n integer, note varchar(40)); CREATE TABLE b (id integer PRIMARY KEY);
INSERT INTO a VALUES (1, 1, NULL), (2, 2, NULL);' 'DROP TABLE b; DROP TABLE a;'
migration 0002_b 'UPDATE a SET n = n + 10;
DELETE FROM a WHERE id = 2;
INSERT INTO b VALUES (5);' 'DELETE FROM b WHERE id = 5;
UPDATE a SET n = n - 10;'
run 0 up
sql "UPDATE a SET note = 'later' WHERE id = 1"
run 0 freeze --apart 20ms --reason incident
case $ENGINE in mariadb) wants='4 5' ;; *) wants=4 ;; esac
got=0
rollcall rollback --no-freeze --db "$URL" --dir m >out 2>err || got=$?
case " $wants " in *" $got "*) ;; *) fail "rollback --no-freeze: exit $got" ;; esac
says 'frozen by rollcall: incident'
expect "SELECT n FROM a WHERE id = 1" 11
if [ $got = 5 ]; then run 0 abort; fi
run 0 rollback --json
json '.outcome, .freeze.proven' $'done\ntrue'
expect "SELECT id, n, note FROM a ORDER BY id" '1|1|later
2|2|'"$([ "$ENGINE" = mariadb ] && echo NULL)"
expect "SELECT count(*) FROM b" 0
if rows "INSERT INTO b VALUES (6)" >log 2>&1; then fail 'the rollback ended the freeze'; fi
grep -q incident log || fail "$(cat log)"
run 0 freeze --status --json
json '.frozen, .passes, (.freezes | length)' $'true\n0\n1'
run 3 up
run 0 thaw
sql "INSERT INTO b VALUES (6)"
run 0 up

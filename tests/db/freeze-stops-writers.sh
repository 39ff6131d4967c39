# A freeze stops every writer with a message that names its reason, lets readers pass, and leaves nothing behind when it ends.
migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY, x varchar(40)); CREATE TABLE b (id integer PRIMARY KEY);' 'DROP TABLE b; DROP TABLE a;'
migration 0002_c 'CREATE TABLE c (id integer PRIMARY KEY);' 'DROP TABLE c;'
run 0 up --steps 1
sql "INSERT INTO a VALUES (1, 'one')"
sql "INSERT INTO b VALUES (1)"
case $ENGINE in pg) a=public.a ;; *) a=a ;; esac

stopped() { if rows "$1" >log 2>&1; then fail "went through: $1"; fi; grep -q 'frozen by rollcall: wrong prices' log || fail "$1: $(cat log)"; }

run 0 freeze --status --json
json '.frozen, .proven, (.tables | length)' $'false\nfalse\n0'
run 0 freeze --tables a --dry-run
shows 'CREATE TRIGGER '
run 0 freeze --status
shows 'nothing is frozen'

run 0 freeze --tables a --reason 'wrong prices' --for 10m --apart 50ms
says 'without rollcall'
says 'DROP TRIGGER IF EXISTS'
shows proven
stopped "INSERT INTO a VALUES (2, 'two')"
stopped "UPDATE a SET x = 'other'"
stopped "DELETE FROM a"
expect "SELECT x FROM a" one
sql "INSERT INTO b VALUES (2)"

run 0 freeze --status --json
json '.frozen, .proven, .tables[0].table, .tables[0].layers[0], .freezes[0].reason, .freezes[0].expired' "true
true
$a
durable
wrong prices
false"
json '.tables[0].holes | length > 0' true
run 0 status --json
json '.services[0].frozen' true
json '.services[0].drift | length' 0
run 0 status
shows 'frozen since'
run 3 up
says 'rollcall thaw'
run 0 freeze --prove --apart 50ms
run 0 thaw --dry-run
shows 'DROP TRIGGER IF EXISTS'
run 0 freeze --status --json
json .frozen true

run 0 thaw
shows "thawed $a"
run 0 thaw
shows 'nothing was frozen'
run 0 status --json
json '.services[0].frozen' false
sql "INSERT INTO a VALUES (2, 'two')"
run 0 drift
run 0 up
run 0 registry verify

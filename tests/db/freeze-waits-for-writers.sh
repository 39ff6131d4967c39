# engines: pg mariadb
# Who writes already is waited for, a little at a time, and named; readers pass meanwhile; without the lock nothing stays frozen.
sql "CREATE TABLE a (id integer PRIMARY KEY)"
sql "CREATE TABLE b (id integer PRIMARY KEY)"
hold 'INSERT INTO b VALUES (1)'
mkdir -p m
cat >m/../rollcall.ini <<INI
[service "one"]
db = $URL
dir = m
[policy]
lock_timeout = 1s
lock_attempts = 1
INI
got=0
rollcall freeze --apart 20ms >out 2>err || got=$?
[ $got = 4 ] || fail "exit $got"
says 'held by session'
says 'nothing is frozen'
run 0 freeze --status --json
json .frozen false
sql "INSERT INTO a VALUES (1)"
start it freeze --apart 20ms
wait_until grep -q 'held by session' it.err
expect "SELECT count(*) FROM a" 1
release
finish it 0
shows proven
run 0 thaw

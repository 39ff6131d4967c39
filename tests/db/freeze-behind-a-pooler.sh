# engines: pg
# PgBouncer in transaction mode, where sessions are shared: the freeze needs none of its own, and a pass through it is never anybody
# else's.
[ -n "${ROLLCALL_TEST_PGBOUNCER:-}" ] || skip 'no pgbouncer here'
direct=$URL
pooled=${ROLLCALL_TEST_PGBOUNCER%/*}/$DATABASE
migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY, n integer); INSERT INTO a VALUES (1, 1);' 'DROP TABLE a;'
migration 0002_b 'UPDATE a SET n = n + 1;' 'UPDATE a SET n = n - 1;'
URL=$pooled
run 0 up
run 0 freeze --apart 20ms --reason 'behind a pooler'
for URL in $pooled $direct; do
    if rows "UPDATE a SET n = 7" >log 2>&1; then fail 'went through'; fi
    grep -q 'behind a pooler' log || fail "$(cat log)"
done
URL=$pooled
run 0 freeze --prove --apart 20ms
run 0 rollback
expect "SELECT n FROM a" 1
if rows "UPDATE a SET n = 7" >log 2>&1; then fail 'the rollback let others in'; fi
expect "SELECT count(*) FROM rollcall.freeze_pass" 0
run 0 thaw
sql "UPDATE a SET n = 7"

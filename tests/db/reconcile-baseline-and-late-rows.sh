# Old sins are told from new ones; rows that are young, or that come while we look, are late and no findings.
reconcile() {
    local want=$1 got=0
    shift
    rollcall reconcile "$@" --db "$URL" >out 2>err </dev/null || got=$?
    [ "$got" = "$want" ] || fail "reconcile $*: exit $got, expected $want"
}
case $ENGINE in
sqlite) now="strftime('%Y-%m-%d %H:%M:%f', 'now')" time=text ;;
pg) now='now()' time=timestamptz ;;
mariadb) now='utc_timestamp(6)' time='datetime(6)' ;;
esac
sql "create table a (id integer primary key, x integer, at $time)"
sql "create table b (id integer primary key, x integer, at $time)"
sql "insert into a values (1, 10, '2026-01-01 00:00:00'), (2, 20, '2026-01-01 00:00:00'), (3, 30, '2026-01-01 00:00:00')"
sql "insert into b values (1, 10, '2026-01-01 00:00:00'), (2, 99, '2026-01-01 00:00:00')"
mkdir checks
cat >checks/ab.sql <<'END'
-- rollcall: check=match key=id compare=x late=at grace=1h
-- rollcall: side=left
select id, x, at from a;
-- rollcall: side=right
select id, x, at from b;
END
cat >checks/none.sql <<'END'
-- rollcall: check=invariant key=id
select id, x from a where x > 25;
END
reconcile 1 --json
json '.checks[0] | "\(.matched) \(.missing) \(.mismatch) \(.preexisting)"' '1 1 1 0'
json .baseline null

# what is wrong now is remembered, by hashes only
reconcile 0 --baseline
[ "$(stat -c %a .rollcall/reconcile.baseline)" = 600 ] || fail 'others may read the baseline'
[ "$(wc -l <.rollcall/reconcile.baseline)" = 5 ] || fail "baseline: $(cat .rollcall/reconcile.baseline)"
reconcile 0 --json
json '[.checks[] | .ok] | all' true
json '.checks[0] | "\(.missing) \(.mismatch) \(.preexisting)"' '1 1 2'
json '[.checks[].sample[].preexisting] | all' true
json '.baseline | test("^20")' true
# a new finding on the same row is new
sql "delete from b where id = 2"
reconcile 1 --json
json '.checks[0] | "\(.missing) \(.mismatch) \(.preexisting)"' '2 0 1'
reconcile 1
shows '2 missing (1 was there before)'
shows '1 finding; 2 were there before'
# a baseline that was touched is none
sed -i 's/^end 3/end 2/' .rollcall/reconcile.baseline
reconcile 9
says 'is damaged'
rm .rollcall/reconcile.baseline

# young rows are late: nothing is wrong yet, and nothing is proven
sql "delete from a where id > 1"
sql "delete from b where id > 1"
reconcile 0
sql "insert into a values (7, 7, $now)"
sql "insert into b values (8, 8, $now)"
sql "update b set x = 11, at = $now where id = 1"
reconcile 10 --json
json '.checks[0] | "\(.matched) \(.missing) \(.extra) \(.mismatch) \(.late) \(.ok)"' '0 0 0 0 3 false'
json '"\(.ok) \(.verdict)"' 'false unsettled'
reconcile 10
shows 'late'
# an old one beside them is a finding
sql "insert into a values (9, 9, '2026-01-01 00:00:00')"
reconcile 1 --json
json '.checks[0] | "\(.missing) \(.late)"' '1 3'

# without a time in the rows: what is still there after a while is a finding, what came meanwhile is late
sed -i 's/ late=at grace=1h//' checks/ab.sql
reconcile 1 --recheck 2 --grace 10ms --json
json '.checks[0] | "\(.missing) \(.extra) \(.mismatch) \(.late)"' '2 1 1 0'
json .rounds 2

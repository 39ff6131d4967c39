# Killed at each fault point, in turn, on the way up and on the way back: the next run finishes, and nothing is applied
# twice. Needs a build with fault points.
migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY, n integer NOT NULL);
INSERT INTO a VALUES (1, 0);' 'DROP TABLE a;'
migration 0002_b 'CREATE TABLE b (id integer PRIMARY KEY);
UPDATE a SET n = n + 1;
CREATE TABLE c (id integer PRIMARY KEY);' 'DROP TABLE c;
UPDATE a SET n = n - 1;
DROP TABLE b;'
migration 0003_index 'CREATE INDEX b_id ON b (id);' 'DROP TABLE b;
CREATE TABLE b (id integer PRIMARY KEY);'

# points COMMAND...: the fault points that an undisturbed run passes, each as often as it is passed, "name@nth".
points() {
    rm -f trace
    export ROLLCALL_FAULT_TRACE=$PWD/trace
    run "$@"
    unset ROLLCALL_FAULT_TRACE
    [ -s trace ] || skip 'this build has no fault points'
    # What files do is tried to exhaustion by the tests of the archive; here the first two of each kind.
    awk '{ n[$1]++; if ($1 !~ /^file/ || n[$1] <= 2) print $1 "@" n[$1] }' trace >points
}

# crash POINT ACTION COMMAND...
crash() {
    local point=$1 action=$2 got=0
    shift 2
    { ROLLCALL_FAULT=${point%@*}=$action@${point#*@} rollcall "$@" --db "$URL" --dir m >out 2>err; } 2>/dev/null || got=$?
    [ "$got" = 137 ] || fail "$point $action: exit $got, expected 137"
}

# recover: all that an operator does after a crash; once more changes nothing.
recover() {
    run 0 resume
    run 0 resume
}

run 0 up # once, so that the store is there
run 0 rollback --to 0
points 0 up
cp points up.points
points 0 rollback --to 0
cp points down.points
for action in crash crash-after; do
    while read -r point; do
        case="up $point $action"
        crash "$point" $action up
        recover
        run 0 up
        run 0 status --check
        run 0 drift
        expect 'SELECT id, n FROM a' '1|1'
        expect_tables 'a b c'
        run 0 rollback --to 0
        expect_tables ''
    done <up.points
    run 0 up
    while read -r point; do
        case="rollback $point $action"
        crash "$point" $action rollback --to 0
        recover
        run 0 rollback --to 0
        expect_tables ''
        run 0 up
        expect 'SELECT id, n FROM a' '1|1'
    done <down.points
    run 0 rollback --to 0
done

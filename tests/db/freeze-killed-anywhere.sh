# Killed at each fault point, in turn, on the way in and on the way out: the catalogue tells what is frozen, that and nothing else
# refuses writers, and thaw ends it. An error in place of the crash leaves nothing. Needs a build with fault points.
for t in a b; do sql "CREATE TABLE $t (id integer PRIMARY KEY)"; done

points() {
    rm -f trace
    export ROLLCALL_FAULT_TRACE=$PWD/trace
    run "$@"
    unset ROLLCALL_FAULT_TRACE
    [ -s trace ] || skip 'this build has no fault points'
    awk '{ print $1 "@" ++n[$1] }' trace | grep -E '^(freeze|thaw)\.' >points
}

faulty() {
    local point=$1 action=$2 want=$3 got=0
    shift 3
    { ROLLCALL_FAULT=${point%@*}=$action@${point#*@} rollcall "$@" --db "$URL" --dir m >out 2>err; } 2>/dev/null || got=$?
    case " $want " in *" $got "*) ;; *) fail "$point $action: exit $got, expected $want" ;; esac
}

# Each table is either said to be frozen and refuses, or said to be open and takes a row.
told_and_true() {
    local t durable
    run 0 freeze --status --json
    for t in a b; do
        durable=$(jq -r --arg t $t '[.tables[] | select(.table | sub("^public."; "") == $t) | .layers[] | select(. == "durable")] | length > 0' out)
        if rows "INSERT INTO $t VALUES (1)" >log 2>&1; then
            [ "$durable" = false ] || fail "$t takes rows, and is said to be frozen"
            sql "DELETE FROM $t"
        elif grep -q 'frozen by rollcall' log; then
            [ "$durable" = true ] || [ "$(jq '[.freezes[].faults[]] | length > 0' out)" = true ] || fail "$t refuses rows, and is said to be open"
        else
            fail "$t: $(cat log)"
        fi
    done
}

open_again() {
    run 0 thaw
    run 0 freeze --status --json
    json '.frozen, .passes, (.freezes | length)' $'false\n0\n0'
    run 0 thaw
    for t in a b; do sql "INSERT INTO $t VALUES (1)"; sql "DELETE FROM $t"; done
}

points 0 freeze --apart 5ms
cp points in.points
points 0 thaw
cp points out.points
n=0
while read -r point; do
    for action in crash crash-after; do
        case="$point $action"
        faulty "$point" $action 137 freeze --apart 5ms
        told_and_true
        open_again
        n=$((n + 1))
    done
    case $point in freeze.outcome*) want=5 frozen=true ;; freeze.*) want=4 frozen=false ;; *) continue ;; esac
    case="$point error"
    faulty "$point" error "$want" freeze --apart 5ms
    run 0 freeze --status --json
    json .frozen "$frozen"
    open_again
done <in.points
while read -r point; do
    for action in crash crash-after; do
        case="$point $action"
        run 0 freeze --apart 5ms
        faulty "$point" $action 137 thaw
        told_and_true
        open_again
        n=$((n + 1))
    done
done <out.points
run 0 registry verify
run 0 drift
echo "$n crashes"

# Steps for the scenarios of tests/db. $ENGINE is sqlite, pg or mariadb; $URL opens the scenario's own empty database; the
# current folder is empty, migrations go to m/. The first step that fails ends the scenario.
# shellcheck shell=bash

set -o pipefail # a client that fails fails the step
declare -A pid=() # of the programs in the background, by name

fail() {
    echo "line ${BASH_LINENO[1]}: ${case:+$case: }$*"
    if [ -s out ]; then sed 's/^/out: /' out; fi
    if [ -s err ]; then sed 's/^/err: /' err; fi
    exit 1
}

skip() {
    echo "skip: $*"
    exit 77
}

# migration ID UP [DOWN]: writes m/ID.up.sql and, when given, m/ID.down.sql.
migration() {
    mkdir -p m
    printf '%s\n' "$2" >"m/$1.up.sql"
    if [ $# -gt 2 ]; then printf '%s\n' "$3" >"m/$1.down.sql"; fi
}

# run EXIT COMMAND ARGS...: rollcall on the scenario's database; output goes to the files out and err.
run() {
    local want=$1 got=0
    shift
    rollcall "$@" --db "$URL" --dir m >out 2>err </dev/null || got=$?
    [ "$got" = "$want" ] || fail "rollcall $*: exit $got, expected $want"
}

# rows SQL: what the engine's own client answers, columns joined by "|".
rows() {
    case $ENGINE in
    sqlite) sqlite3 -cmd '.timeout 5000' "${URL#sqlite:}" "$1" ;;
    pg) psql -qXAt -v ON_ERROR_STOP=1 "$URL" -c "$1" ;;
    mariadb) mariadb --no-defaults -uroot -S "$ROLLCALL_TEST_MARIADB_SOCKET" -N -B "$DATABASE" -e "$1" | tr '\t' '|' ;;
    esac
}

sql() {
    rows "$1" >sql.log 2>&1 || fail "$1: $(cat sql.log)"
}

# expect SQL ROWS
expect() {
    local got
    got=$(rows "$1" 2>&1) || true
    [ "$got" = "$2" ] || fail "$1"$'\n'"  got:      ${got//$'\n'/ / }"$'\n'"  expected: ${2//$'\n'/ / }"
}

# shows TEXT, says TEXT: stdout, stderr of the last run hold it; never_* that they do not.
shows() { grep -qF -e "$1" out || fail "stdout lacks '$1'"; }
says() { grep -qF -e "$1" err || fail "stderr lacks '$1'"; }
never_shows() { ! grep -qF -e "$1" out || fail "stdout has '$1'"; }
never_says() { ! grep -qF -e "$1" err || fail "stderr has '$1'"; }

# json FILTER TEXT: jq's answer over the stdout of the last run, compact.
json() {
    local got
    got=$(jq -rc "$1" out 2>&1) || true
    [ "$got" = "$2" ] || fail "$1 is '$got', expected '$2'"
}

# there_and_back SCHEMA ROWS UP DOWN LATER [OPTIONS...]: two migrations more, SCHEMA and, once ROWS are in, UP; then LATER, and
# UP is rolled back with OPTIONS. DOWN "-" is a down script that does nothing.
there_and_back() {
    local schema=$1 before=$2 up=$3 down=$4 later=$5 first second
    shift 5
    ways=$((${ways:-0} + 1))
    first=$(printf '%03d1' "$ways") second=$(printf '%03d2' "$ways")
    if [ "$down" = - ]; then down="CREATE TABLE nothing_$ways (id integer PRIMARY KEY); DROP TABLE nothing_$ways;"; fi
    migration "${first}_schema" "$schema" ''
    migration "${second}_change" "$up" "$down"
    run 0 up --to "$first"
    sql "$before"
    run 0 up
    [ -z "$later" ] || sql "$later"
    run 0 rollback --no-freeze --json "$@"
    rm "m/${second}_change."*
}

# The user tables that stand, sorted, joined by a blank.
tables() {
    case $ENGINE in
    sqlite) rows "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'rollcall_%' AND name NOT LIKE 'sqlite_%' ORDER BY name" ;;
    pg) rows "SELECT tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'rollcall') ORDER BY 1" ;;
    mariadb) rows "SELECT table_name FROM information_schema.tables WHERE table_schema = database() AND table_type = 'BASE TABLE'
                   AND table_name NOT LIKE 'rollcall\_%' ORDER BY 1" ;;
    esac | paste -sd' '
}

# expect_tables "a b"
expect_tables() {
    local got
    got=$(tables)
    [ "$got" = "$1" ] || fail "tables: '$got', expected '$1'"
}

# wait_until COMMAND...: polls until it succeeds; fails after 30 seconds.
wait_until() {
    local deadline=$((SECONDS + 30))
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $deadline ] || fail "never happened: $*"
        sleep 0.02
    done
}

# start NAME COMMAND ARGS...: rollcall in the background; output goes to NAME.out and NAME.err.
start() {
    local name=$1
    shift
    rollcall "$@" --db "$URL" --dir m >"$name.out" 2>"$name.err" </dev/null 7>&- &
    pid[$name]=$!
}

# finish NAME EXIT: waits for a started rollcall, which must end so ("0 7": either); its output becomes the files out and err.
finish() {
    local got=0
    wait "${pid[$1]}" || got=$?
    cp "$1.out" out
    cp "$1.err" err
    case " $2 " in *" $got "*) ;; *) fail "$1: exit $got, expected $2" ;; esac
}

# kill_hard NAME: SIGKILL, and wait until it is gone.
kill_hard() {
    kill -KILL "${pid[$1]}"
    wait "${pid[$1]}" 2>/dev/null || true
}

# hold SQL: a client session that runs SQL in an open transaction and keeps it until release.
hold() {
    mkfifo hold.in
    case $ENGINE in
    sqlite) sqlite3 "${URL#sqlite:}" <hold.in >hold.out 2>&1 & ;;
    pg) psql -qXAt "$URL" <hold.in >hold.out 2>&1 & ;;
    mariadb) mariadb --no-defaults -uroot -S "$ROLLCALL_TEST_MARIADB_SOCKET" -N -B --unbuffered "$DATABASE" <hold.in >hold.out 2>&1 & ;;
    esac
    holder=$!
    exec 7>hold.in
    printf "BEGIN;\n%s;\nSELECT 'held';\n" "$1" >&7
    wait_until grep -q held hold.out
}

release() {
    exec 7>&-
    wait "$holder" || true
    rm -f hold.in
}

end_of_scenario() {
    local one
    for one in "${pid[@]}"; do kill -KILL "$one" 2>/dev/null || true; done
}
trap end_of_scenario EXIT

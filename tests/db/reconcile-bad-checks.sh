# Checks that cannot be run say where and why, and the others run all the same.
cat >rollcall.ini <<END
[service "one"]
db = $URL
[service "away"]
db = sqlite:nosuch/nothing.db
END
mkdir checks
reconcile() {
    local want=$1 got=0
    shift
    rollcall reconcile "$@" >out 2>err </dev/null || got=$?
    [ "$got" = "$want" ] || fail "reconcile $*: exit $got, expected $want"
}
sql "create table t (id integer primary key, x integer)"
sql "insert into t values (1, 1), (2, null), (3, 3)"
good='-- rollcall: check=invariant service=one
select id from t where id > 5;'
refused() { # refused TEXT-OF-FILE MESSAGE HINT: exit 2 before anything is run
    printf '%s\n' "$1" >checks/bad.sql
    reconcile 2
    [ ! -s out ] || fail 'something was run'
    says "$2"
    says "$3"
}
fails() { # fails EXIT TEXT-OF-FILE MESSAGE: that check fails, the good one runs
    printf '%s\n' "$2" >checks/bad.sql
    reconcile "$1" --json
    json '.checks[] | select(.name == "good") | .ok' true
    json ".checks[] | select(.name == \"bad\") | .error.message | contains(\"$3\")" true
    json '.checks[] | select(.name == "bad") | .error.hint | length > 0' true
    json '.ok' false
}

reconcile 2
says 'nothing to reconcile'
reconcile 2 --checks nosuch
says "no folder of checks 'nosuch'"
printf '%s\n' "$good" >checks/good.sql
reconcile 0
refused '-- rollcall: check=invariant servise=one' "checks/bad.sql:1:30: there is no directive 'servise'" "did you mean 'service'?"
refused '-- rollcall: check=invariant service=onne
select 1' "there is no service 'onne'" "did you mean 'one'?"
refused '-- rollcall: check=invariant
select 1' 'does not say on which service it runs' 'add service=one'
refused '-- rollcall: check=invariant name=good service=one
select 1' "there is another check 'good'" 'another name'

fails 2 '-- rollcall: check=invariant service=one
-- a comment
select id
from t, nosuchtable;' 'checks/bad.sql:'
fails 2 '-- rollcall: check=invariant service=one
select id from t; select 1;' 'checks/bad.sql:2:19: a side is one query'
fails 2 '-- rollcall: check=invariant service=one
select (id from t' 'checks/bad.sql:2:'
fails 2 '-- rollcall: check=match service=one key=id
-- rollcall: side=left
select id, x from t;
-- rollcall: side=right
select id as idd, x from t;' "the query has no column 'id'"
fails 2 '-- rollcall: check=match service=one key=id
-- rollcall: side=left
select id, x from t;
-- rollcall: side=right
select id from t;' "the query has no column 'x'"
fails 2 '-- rollcall: check=match service=one key=id tolerance.y=1
-- rollcall: side=left
select id, x from t;
-- rollcall: side=right
select id, x from t;' "has a rule for 'y', which is not compared"
fails 2 '-- rollcall: check=invariant service=one
-- rollcall: side=left
select x from t;
-- rollcall: side=right
select 1 as x;' 'returns more than one row'
case $ENGINE in pg) real='double precision' ;; mariadb) real=double ;; sqlite) real=real ;; esac
fails 2 "-- rollcall: check=invariant service=one agree=a,b
select cast(x as $real) as a, x as b from t" "column 'a' is"
fails 2 '-- rollcall: check=match service=one key=id late=x grace=1m
-- rollcall: side=left
select id, x from t;
-- rollcall: side=right
select id, x from t where id < 3;' 'no time'
# no check writes
fails 2 '-- rollcall: check=invariant service=one
delete from t' 'checks/bad.sql:2:1'
expect 'select count(*) from t' 3

# a service that is away fails its own checks
fails 8 '-- rollcall: check=invariant service=away
select 1 as x' "service 'away'"
# a key that is NULL is a value like others
printf '%s\n' '-- rollcall: check=match service=one key=x
-- rollcall: side=left
select x, id from t;
-- rollcall: side=right
select x, id from t;' >checks/bad.sql
reconcile 0 --json
json '.checks[0].matched' 3

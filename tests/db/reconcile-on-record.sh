# The result goes on record with the operation it was made for: counts, no values.
mkdir checks
printf '%s\n' '-- rollcall: check=invariant' 'select id from t where id > 1' >checks/small.sql
migration 1_t 'create table t (id integer primary key)' 'drop table t'
run 0 up --json
op=$(jq -r .op out)
sql 'insert into t values (1), (7700077)'
run 1 reconcile --op "${op:0:8}"
shows '1 mismatch'
run 0 registry show "$op"
shows reconcile
shows '"mismatch":1'
shows "\"sha256\":\"$(sha256sum <checks/small.sql | cut -d' ' -f1)\""
never_shows 7700077
run 0 registry verify
run 2 reconcile --op nosuch
says "no operation 'nosuch'"
run 2 reconcile --op last --baseline
says 'do not go together'

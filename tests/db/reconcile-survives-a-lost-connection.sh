# engines: pg
# A connection that breaks in the middle fails the checks of its service, and no others; nothing is taken for equal.
cat >rollcall.ini <<END
[service "one"]
db = $URL
[service "two"]
db = sqlite:two.db
END
sqlite3 two.db 'create table t (id integer)'
mkdir checks
printf '%s\n' '-- rollcall: check=invariant service=two' 'select id from t' >checks/a.sql
cat >checks/b.sql <<'END'
-- rollcall: check=match key=id
-- rollcall: side=left service=one
select i as id, case when i = 100000 then pg_sleep(60)::text else '' end as x from generate_series(1, 100000) i;
-- rollcall: side=right service=two
select id, '' as x from t;
END
printf '%s\n' '-- rollcall: check=invariant service=one' 'select 1 as x where false' >checks/c.sql
rollcall reconcile --json >r.out 2>r.err </dev/null &
pid[r]=$!
sleeping="select count(*) from pg_stat_activity where datname = current_database() and application_name like 'rollcall%' and wait_event = 'PgSleep'"
wait_until test -n "$(rows "$sleeping")"
asleep() { [ "$(rows "$sleeping")" = 1 ]; }
wait_until asleep
sql "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'rollcall%' and datname = current_database()"
finish r 8
json '.verdict' failed
json '[.checks[] | "\(.name) \(.ok) \(.error.code)"] | join(", ")' 'a true null, b false connect, c false connect'

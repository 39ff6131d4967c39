# engines: pg mariadb
# A request to stop ends the queries that run on the servers, and the program.
case $ENGINE in
pg) slow='select pg_sleep(60)::text as x' running="select count(*) from pg_stat_activity where datname = current_database() and query like '%pg_sleep(60)::%' and pid <> pg_backend_pid()" ;;
mariadb) slow='select sleep(60) as x' running="select count(*) from information_schema.processlist where db = database() and info like '%select sleep(6%' and id <> connection_id()" ;;
esac
mkdir checks
printf '%s\n' '-- rollcall: check=invariant' "$slow" >checks/slow.sql
start r reconcile
runs() { [ "$(rows "$running")" = "$1" ]; }
wait_until runs 1
kill -TERM "${pid[r]}"
finish r 5
says 'stopped by SIGTERM'
wait_until runs 0

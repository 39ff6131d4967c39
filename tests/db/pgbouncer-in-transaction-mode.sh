# engines: pg
command -v pgbouncer >/dev/null || [ -x /usr/sbin/pgbouncer ] || skip 'no pgbouncer here'
migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);' 'DROP TABLE a;'
migration 0002_b 'CREATE TABLE b (id integer PRIMARY KEY);' 'DROP TABLE b;'
server=${URL#postgres://postgres@127.0.0.1:}
port=$((34000 + RANDOM % 2000))
cat >pgbouncer.ini <<INI
[databases]
* = host=127.0.0.1 port=${server%%/*} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $port
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
ignore_startup_parameters = extra_float_digits,options
INI
as=()
if [ "$(id -u)" = 0 ]; then
    chmod -R a+rX "$SCRATCH" .
    as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
fi
"${as[@]}" "$(PATH=$PATH:/usr/sbin command -v pgbouncer)" -q "$PWD/pgbouncer.ini" >bouncer.log 2>&1 &
pid[bouncer]=$!
direct=$URL
URL=postgres://postgres@127.0.0.1:$port/$DATABASE
wait_until psql -qXAt "$URL" -c 'SELECT 1'
for runner in one two three four; do start $runner up; done
for runner in one two three four; do finish $runner "0 7"; done
run 0 status --check
run 0 rollback
expect_tables a
URL=$direct
run 1 status --check

# engines: pg mariadb
# Eight writers and two readers at full speed: the freeze comes through, no acknowledged row is missing and none comes later, writers
# are told at once, and no reader waits longer than a lock is waited for.
if [ "$ENGINE" = mariadb ]; then case $(rows 'select version()') in *MariaDB*) ;; *) skip 'MariaDB only' ;; esac; fi
case $ENGINE in
pg) sql "CREATE TABLE a (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, w integer)" ;;
mariadb) sql "CREATE TABLE a (id bigint AUTO_INCREMENT PRIMARY KEY, w integer)" ;;
esac

session() {
    case $ENGINE in
    pg) psql -qXAt "$URL" ;;
    mariadb) mariadb --no-defaults -uroot -S "$ROLLCALL_TEST_MARIADB_SOCKET" -N -B --force --unbuffered -vvv "$DATABASE" ;;
    esac
}

# Each acknowledged id on a line of its own.
write_on() {
    local n=0
    while [ ! -e stop ] && [ $n -lt 4000 ]; do
        n=$((n + 1))
        echo "INSERT INTO a (w) VALUES ($1) RETURNING concat('ack ', id);"
    done
}
read_on() {
    if [ "$ENGINE" = pg ]; then printf '%s\n' '\timing on'; fi
    while [ ! -e stop ]; do echo "SELECT count(*) FROM a WHERE id < 10;"; done
}
for w in 1 2 3 4 5 6 7 8; do (write_on $w | session) >"w$w.out" 2>"w$w.err" & pid[w$w]=$!; done
for r in 1 2; do (read_on | session) >"r$r.out" 2>/dev/null & pid[r$r]=$!; done
busy() { [ "$(cat w?.out | grep -c 'ack ')" -gt 400 ]; }
wait_until busy
run 0 freeze --reason 'under load' --apart 200ms --json
json '.frozen, .proven' $'true\ntrue'
ms=$(jq .ms out)
count=$(rows "SELECT count(*) FROM a")
refused() { [ "$(cat w?.err w?.out | grep -c 'frozen by rollcall: under load')" -gt 50 ]; }
wait_until refused
touch stop
for one in "${pid[@]}"; do wait "$one" || true; done
expect "SELECT count(*) FROM a" "$count"
cat w?.out | grep -oE 'ack [0-9]+' | awk '{ print $2 }' | sort -n >acknowledged
rows "SELECT id FROM a ORDER BY id" >there
cmp -s acknowledged there || fail "$(diff acknowledged there | head -5)"
[ "$(cat w?.err | grep -i error | grep -vc 'frozen by rollcall')" = 0 ] || fail "$(cat w?.err | grep -i error | grep -v 'frozen by rollcall' | head -3)"
case $ENGINE in
pg) longest=$(cat r?.out | awk '$1 == "Time:" && $2 > most { most = $2 } END { print int(most) }') ;;
mariadb) longest=$(cat r?.out | sed -n 's/.*(\([0-9.]*\) sec).*/\1/p' | awk '$1 > most { most = $1 } END { print int(most * 1000) }') ;;
esac
[ "$longest" -le 1500 ] || fail "a reader waited for $longest ms"
run 0 thaw
sql "INSERT INTO a (w) VALUES (9)"
echo "$ENGINE: $count rows, proven after $ms ms, longest read $longest ms"

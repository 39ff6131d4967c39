# engines: sqlite
# A file made on one engine is compared with a database of another, and with a file made like it.
if [ -z "${ROLLCALL_TEST_PG:-}" ] || [ -z "${ROLLCALL_TEST_MARIADB:-}" ]; then skip 'needs both servers'; fi
other=digest_cross_$$
PG=${ROLLCALL_TEST_PG%/*}/$other
MY=${ROLLCALL_TEST_MARIADB%/*}/$other
pg() { psql -qXAt -v ON_ERROR_STOP=1 "$PG" -c "$1" >pg.log 2>&1 || fail "$1: $(cat pg.log)"; }
my() { mariadb --no-defaults -uroot -S "$ROLLCALL_TEST_MARIADB_SOCKET" "$other" -e "$1" >my.log 2>&1 || fail "$1: $(cat my.log)"; }
drop() {
    psql -qX "$ROLLCALL_TEST_PG" -c "DROP DATABASE IF EXISTS $other WITH (FORCE)"
    mariadb --no-defaults -uroot -S "$ROLLCALL_TEST_MARIADB_SOCKET" -e "DROP DATABASE IF EXISTS $other"
    end_of_scenario
}
trap drop EXIT
psql -qX "$ROLLCALL_TEST_PG" -c "CREATE DATABASE $other TEMPLATE template0"
mariadb --no-defaults -uroot -S "$ROLLCALL_TEST_MARIADB_SOCKET" -e "CREATE DATABASE $other"
two() { # EXIT ARGS...
    local want=$1 got=0
    shift
    rollcall "$@" >out 2>err </dev/null || got=$?
    [ "$got" = "$want" ] || fail "rollcall $*: exit $got, expected $want"
}
counts() { json '[.tables[] | "\(.missing) \(.extra) \(.different)"] | join("; ")' "$1"; }

pg "create table order_line (line_id bigint primary key, price numeric(12,3), note text, paid boolean, at timestamptz, code uuid)"
my "create table OrderLine (LineId int primary key, Price decimal(12,2), Note varchar(200), Paid tinyint(1), At timestamp(6) null, Code char(36)) charset utf8mb4"
sql "create table order_line (line_id integer primary key, price numeric, note text, paid integer, at text, code text)"
pg "insert into order_line select n, n * 0.25, case when n % 3 > 0 then 'note ' || n end, n % 2 = 0,
        timestamptz '2024-01-01 00:00:00+00' + n * interval '1 minute', ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid
    from generate_series(1, 2000) n"
my "set time_zone = '+00:00'; insert into OrderLine select seq, seq * 0.25, if(seq % 3 > 0, concat('note ', seq), null), seq % 2 = 0,
        timestamp '2024-01-01 00:00:00' + interval seq minute, concat('00000000-0000-4000-8000-', lpad(seq, 12, '0')) from seq_1_to_2000"

# A flag is a number here and a truth there: the first file does not know, so the second is made like it.
two 0 digest "$PG" --out pg.digest
two 0 compare pg.digest "$MY" --json
two 0 digest "$MY" --out alone.digest
two 2 compare pg.digest alone.digest
says '--like'
two 0 digest "$MY" --out my.digest --like pg.digest
two 0 compare pg.digest my.digest
two 0 compare my.digest "$PG"

my "update OrderLine set Note = '' where LineId in (3, 6); update OrderLine set Paid = 0 where LineId = 4; delete from OrderLine where LineId = 7;
    update OrderLine set Price = Price + 0.01 where LineId = 8; insert into OrderLine (LineId) values (3001)"
two 1 compare pg.digest "$MY" --json
counts '1 1 4'
json '[.tables[].keys[] | select(.kind != "missing") | .key[0]] | sort | map(tostring) | join(" ")' '3 4 6 8 3001'
two 0 digest "$MY" --out my.digest --like pg.digest
two 1 compare pg.digest my.digest --json
counts '1 1 4'
two 1 compare my.digest "$PG" --json
counts '1 1 4'
json '[.tables[].keys[] | select(.kind != "missing") | .key[0]] | sort | map(tostring) | join(" ")' '3 4 6 7 8'

# SQLite keeps any value in any column
psql -qXAt "$PG" -c "copy (select line_id, price, note, paid::int, to_char(at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'), code from order_line)
    to stdout (format csv, null '<null>')" >rows.csv
sqlite3 "${URL#sqlite:}" -cmd '.mode csv' '.import rows.csv order_line' "update order_line set note = null where note = '<null>'" 
two 0 digest "$URL" --out lite.digest --like pg.digest
two 0 compare pg.digest lite.digest
two 0 compare pg.digest "$URL"
sql "update order_line set price = 0.1 where line_id = 1; delete from order_line where line_id = 2"
two 1 compare pg.digest "$URL" --json
counts '1 0 1'

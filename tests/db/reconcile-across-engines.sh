# engines: pg
# Orders in SQLite, payments in PostgreSQL, billing in MariaDB: every difference that was put in is found, and nothing else.
[ -n "${ROLLCALL_TEST_MARIADB:-}" ] || skip 'no MariaDB'
my() { mariadb --no-defaults -uroot -S "$ROLLCALL_TEST_MARIADB_SOCKET" "$@"; }
my -e "create database ${DATABASE}_b"
export PAYMENTS_URL=$URL BILLING_URL=${ROLLCALL_TEST_MARIADB%/*}/${DATABASE}_b
cat >rollcall.ini <<'END'
[service "orders"]
db = sqlite:orders.db
[service "payments"]
db = env:PAYMENTS_URL
[service "billing"]
db = env:BILLING_URL
END
mkdir checks
reconcile() {
    local want=$1 got=0
    shift
    rollcall reconcile "$@" >out 2>err </dev/null || got=$?
    [ "$got" = "$want" ] || fail "reconcile $*: exit $got, expected $want"
}

# 1..60 are the same in all three, written as each engine likes it: scale, time zone, type of the number, of the flag
sqlite3 orders.db "create table orders (id integer primary key, ref text, amount numeric, note text, ok integer, at text);
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 60)
    insert into orders select i, printf('%08x-0000-4000-8000-%012x', i, i), i * 1.5, 'n' || i, i % 2,
        strftime('%Y-%m-%dT%H:%M:%SZ', '2026-01-01', '+' || i || ' hours') from n"
sql "create table payment (order_id bigint, ref uuid, amount numeric(14,4), note varchar(40), ok boolean, at timestamptz)"
sql "insert into payment select i, (lpad(to_hex(i), 8, '0') || '-0000-4000-8000-' || lpad(to_hex(i), 12, '0'))::uuid,
        i * 1.5000, 'n' || i, i % 2 = 1, '2026-01-01 02:00+02'::timestamptz + i * interval '1 hour' from generate_series(1, 60) i"
my "${DATABASE}_b" -e "create table bill (order_id int unsigned, ref char(36), amount decimal(12,2), note varchar(40), ok tinyint(1), at datetime);
    insert into bill with recursive n(i) as (select 1 union all select i + 1 from n where i < 60)
    select i, concat(lpad(lower(hex(i)), 8, '0'), '-0000-4000-8000-', lpad(lower(hex(i)), 12, '0')), i * 1.5, concat('n', i), i % 2,
        '2026-01-01' + interval i hour from n"
check() { # check FILE LEFT RIGHT MORE
    {
        echo "-- rollcall: check=match key=id ${4:-}"
        echo "-- rollcall: side=left service=$2"
        query "$2"
        echo "-- rollcall: side=right service=$3"
        query "$3"
    } >"checks/$1.sql"
}
query() {
    case $1 in
    orders) echo "select id, ref, amount, note, ok, at from orders;" ;;
    payments) echo "select order_id as id, ref, amount, note, ok, at from payment;" ;;
    billing) echo "select order_id as id, ref, amount, note, ok, at from bill;" ;;
    esac
}
check a orders payments
check b payments billing
check c billing orders compare=ref,amount,note,ok # a text with a zone is no time without one
reconcile 0 --json
json '[.checks[] | "\(.name) \(.matched) \(.ok)"] | join(", ")' 'a 60 true, b 60 true, c 60 true'
json .verdict ok

# what differs between orders and payments
sqlite3 orders.db "insert into orders values (61, null, 1, '', 0, null), (62, null, 1, null, 0, null)"   # 2 missing ...
sql "insert into payment values (61, null, 1.00, null, false, null)"                                      # ... '' is not NULL
sql "insert into payment values (70, null, 0, '', false, null), (71, null, 0, '', false, null)"           # 2 extra
sql "update payment set amount = amount + 0.0001 where order_id = 3"
sql "update payment set at = at + interval '1 hour' where order_id in (4, 5)"
sql "update payment set note = upper(note) where order_id = 6"
sql "insert into payment select * from payment where order_id in (7, 8)"                                  # 2 duplicates
sql "update payment set ok = not ok where order_id = 9"
reconcile 1 --json --limit 50
json '.checks[0] | "\(.matched) \(.missing) \(.extra) \(.mismatch) \(.duplicate)"' '53 1 2 6 2'
json '[.checks[0].sample[] | select(.outcome == "mismatch") | .columns[]] | sort | join(" ")' 'amount at at note note ok'
json '[.checks[] | .sample[] | has("key")] | any' false
json '.checks[2] | "\(.matched) \(.missing) \(.extra) \(.mismatch)"' '60 0 2 0'
never_shows 2026-01-01

# values only when they are asked for
reconcile 1 --service orders --show-values
shows 'id=6'
shows 'payments: ref=00000006-0000-4000-8000-000000000006'
shows 'note=N6'
reconcile 1 --service orders
never_shows 'note='

# the same by rule
check a orders payments 'tolerance.amount=0.001 tolerance.at=1h rule.note=nocase,empty-is-null compare=amount,at,note'
reconcile 1 --json
json '.checks[0] | "\(.matched) \(.by_rule) \(.missing) \(.extra) \(.mismatch) \(.duplicate)"' '59 5 1 2 0 2'

# sums, exact to the last cent, and floats refused
rm checks/*
cat >checks/sum.sql <<'END'
-- rollcall: check=invariant
-- rollcall: side=left service=payments
select sum(amount) as total from payment where order_id <= 60 and order_id not in (3, 7, 8);
-- rollcall: side=right service=billing
select sum(amount) as total from bill where order_id not in (3, 7, 8);
END
reconcile 0
my "${DATABASE}_b" -e "update bill set amount = amount + 0.01 where order_id = 60"
reconcile 1
shows '1 mismatch'
sed -i 's/sum(amount)/sum(cast(amount as double))/' checks/sum.sql
sed -i '3s/as double/as double precision/' checks/sum.sql
reconcile 2 --json
json '.checks[0].error.message | test("floats do not add up exactly")' true
json '.error.hint | test("decimal")' true

# types that have no like elsewhere are compared as the servers' text, which is said
rm checks/*
sql "create table host (id integer, ip inet, j jsonb)"
sql "insert into host values (1, '10.0.0.1', '{\"b\": 1.0, \"a\": []}'), (2, '10.0.0.2', null)"
my "${DATABASE}_b" -e "create table host (id integer, ip varchar(40), j json);
    insert into host values (1, '10.0.0.1', '{\"a\":[], \"b\":1}'), (2, '10.0.0.3', null)"
for s in payments billing; do printf '%s\n' "-- rollcall: side=$s service=$s" 'select * from host;'; done |
    sed '1s/side=payments/side=left/; 3s/side=billing/side=right/; 1i -- rollcall: check=match key=id' >checks/host.sql
reconcile 1 --json --show-values
json '.checks[0] | "\(.matched) \(.mismatch) \(.sample[0].columns | join(" "))"' '1 1 ip'
json '.checks[0].sample[0].left.ip' 10.0.0.2
json '.checks[0].notes | any(test("ip: compared as the servers. text"))' true

# virtual foreign keys are among the checks, and have a baseline as they have
rm checks/*
printf '[vfk "payment has its order"]\nchild = payments.payment(order_id)\nparent = orders.orders(id)\n' >>rollcall.ini
reconcile 1 --json
json '.checks[0] | "\(.name) \(.kind) \(.matched) \(.missing)"' 'payment has its order vfk 63 2'
reconcile 0 --baseline
sql "insert into payment values (72, null, 0, null, null, null)"
reconcile 1 --json
json '.checks[0] | "\(.missing) \(.preexisting)"' '3 2'
my -e "drop database ${DATABASE}_b"

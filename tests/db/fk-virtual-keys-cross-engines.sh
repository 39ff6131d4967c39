# engines: sqlite
# Rows in one database refer to rows in another, of another engine: numbers of any width, uuids as text, several columns.
if [ -z "${ROLLCALL_TEST_PG:-}" ] || [ -z "${ROLLCALL_TEST_MARIADB:-}" ]; then skip 'needs both servers'; fi
other=fk_cross_$$
pg() { psql -qXAt -v ON_ERROR_STOP=1 "${ROLLCALL_TEST_PG%/*}/$other" -c "$1" >pg.log 2>&1 || fail "$1: $(cat pg.log)"; }
my() { mariadb --no-defaults -uroot -S "$ROLLCALL_TEST_MARIADB_SOCKET" "$other" -e "$1" >my.log 2>&1 || fail "$1: $(cat my.log)"; }
drop() {
    psql -qX "$ROLLCALL_TEST_PG" -c "DROP DATABASE IF EXISTS $other WITH (FORCE)"
    mariadb --no-defaults -uroot -S "$ROLLCALL_TEST_MARIADB_SOCKET" -e "DROP DATABASE IF EXISTS $other"
    end_of_scenario
}
trap drop EXIT
psql -qX "$ROLLCALL_TEST_PG" -c "CREATE DATABASE $other TEMPLATE template0"
mariadb --no-defaults -uroot -S "$ROLLCALL_TEST_MARIADB_SOCKET" -e "CREATE DATABASE $other"

cat >rollcall.ini <<END
[service "orders"]
db = ${ROLLCALL_TEST_PG%/*}/$other
[service "catalog"]
db = ${ROLLCALL_TEST_MARIADB%/*}/$other
[service "people"]
db = $URL

[vfk "line has a product"]
child  = orders.line(product)
parent = catalog.product(id)

[vfk "line has a stock"]
child  = orders.line(house, shelf)
parent = catalog.stock(house, shelf)

[vfk "order has a person"]
child  = orders.line(person)
parent = people.person(id)

[vfk "product has a maker"]
child  = catalog.product(maker)
parent = people.person(id)
END
pg "create table line (id bigint primary key, product bigint, house text, shelf smallint, person uuid)"
my "create table product (id int unsigned primary key, maker char(36));
    create table stock (house varchar(10), shelf decimal(5,0), primary key (house, shelf))"
sql "create table person (id text primary key, name text)"

fk() {
    local want=$1 got=0
    shift
    rollcall fk "$@" >out 2>err </dev/null || got=$?
    [ "$got" = "$want" ] || fail "rollcall fk $*: exit $got, expected $want"
}
counts() { json '[.keys[] | "\(.name): \(.checked) \(.orphans)"] | join("; ")' "$1"; }

fk 0 --json
counts 'line has a product: 0 0; line has a stock: 0 0; order has a person: 0 0; product has a maker: 0 0'

pg "insert into line select n, 1 + n % 1000, case n % 3 when 0 then 'h' || n % 7 end, n % 5,
        ('00000000-0000-4000-8000-' || lpad((n % 50)::text, 12, '0'))::uuid from generate_series(1, 20000) n"
my "insert into product select seq, concat('00000000-0000-4000-8000-', lpad(seq % 50, 12, '0')) from seq_1_to_1000;
    insert into stock select concat('h', a.seq), b.seq from seq_0_to_6 a join seq_0_to_4 b"
sql "with recursive n (i) as (select 0 union all select i + 1 from n where i < 49)
     insert into person select upper('00000000-0000-4000-8000-' || printf('%012d', i)), 'x' from n"
fk 0 --json
counts 'line has a product: 20000 0; line has a stock: 6666 0; order has a person: 20000 0; product has a maker: 1000 0'

my "delete from product where id in (4, 5); delete from stock where house = 'h3' and shelf = 2"
pg "insert into line values (100001, 4294967300, 'h1', null, null), (100002, null, 'H1', 1, null), (100003, -1, null, null, null)"
sql "delete from person where id like '%000000000007'"
fk 1 --json
counts 'line has a product: 20002 42; line has a stock: 6667 191; order has a person: 20000 400; product has a maker: 998 20'
json '.orphans' 653
json '[.keys[] | select(.name == "line has a product") | .sample[].rows] | sort | join(" ")' '1 1 20 20'
json '[.keys[].sample[].key] | unique | join(" ")' ''
fk 1 --json --show-values --limit 4
json '[.keys[] | select(.name == "line has a product") | .sample[] | "\(.key[0])x\(.rows)"] | sort | join(" ")' \
    '-1x1 4294967300x1 4x20 5x20'
json '[.keys[] | select(.name == "line has a stock") | .sample[] | "\(.key | join("/"))x\(.rows)"] | sort | join(" ")' 'H1/1x1 h3/2x190'
json '[.keys[] | select(.name == "order has a person") | .sample[] | "\(.key[0])x\(.rows)"] | join(" ")' \
    '00000000-0000-4000-8000-000000000007x400'
fk 1
never_shows 4294967300
fk 1 --service people --json
json '[.keys[].name] | join(", ")' 'order has a person, product has a maker'
# one of the command line
fk 1 --service catalog --vfk 'child=catalog.stock(shelf) parent=orders.line(id) name=odd' --json
json '[.keys[] | select(.name == "odd") | .checked, .orphans] | join(" ")' '34 7'

sed -i 's/orders.line(product)/orders.line(produkt)/' rollcall.ini
fk 2
says "did you mean 'product'"
sed -i 's/orders.line(produkt)/order.line(product)/' rollcall.ini
fk 2
sed -i 's/order.line(product)/orders.line(product)/; s|^db = sqlite:.*|db = mariadb://root@127.0.0.1:1/x|' rollcall.ini
fk 8
says "service 'people'"

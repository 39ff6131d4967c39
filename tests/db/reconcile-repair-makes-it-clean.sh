# The proposed SQL, applied by hand, makes the other side like the one that is right, whatever refers to what.
reconcile() {
    local want=$1 got=0
    shift
    rollcall reconcile "$@" --db "$URL" >out 2>err </dev/null || got=$?
    [ "$got" = "$want" ] || fail "reconcile $*: exit $got, expected $want"
}
apply() {
    case $ENGINE in
    sqlite) sqlite3 -bail -cmd 'pragma foreign_keys = on' "${URL#sqlite:}" <"$1" ;;
    pg) psql -qX -v ON_ERROR_STOP=1 "$URL" <"$1" ;;
    mariadb) mariadb --no-defaults -uroot -S "$ROLLCALL_TEST_MARIADB_SOCKET" "$DATABASE" <"$1" ;;
    esac >apply.log 2>&1 || fail "the repair fails: $(cat apply.log) $(cat "$1")"
}
for p in good bad; do
    sql "create table ${p}_customer (id integer primary key, name varchar(60), born date, b decimal(12,4))"
    sql "create table ${p}_order (customer integer not null, line integer not null, note varchar(60), at timestamp null, primary key (customer, line),
         foreign key (customer) references ${p}_customer (id))"
done
sql "insert into good_customer values (1, 'O''Hara \\ \"x\"', '1970-02-28', 1.5), (2, null, null, -0.0001), (3, 'Zoë', '2024-02-29', 3), (5, 'five', '1969-12-31', 0)"
sql "insert into bad_customer values (1, 'wrong', '1970-03-01', 1.5), (2, 'null', '2020-01-01', 0), (3, 'Zoë', '2024-02-29', 3), (4, 'four', null, null)"
sql "insert into good_order values (1, 1, '', null), (3, 1, 'a;b', '2026-03-01 10:00:00'), (3, 2, '--', '2026-03-01 10:00:00'), (5, 1, 'x', '1999-12-31 23:59:59')"
sql "insert into bad_order values (1, 1, null, null), (3, 1, 'a;b', '2026-03-01 09:00:00'), (4, 1, 'goes', null), (4, 2, null, null)"
mkdir checks
# the children's file comes first: the order in the repair is that of the references
cat >checks/a-orders.sql <<'END'
-- rollcall: check=match key=customer,line truth=left
-- rollcall: side=left
select customer, line, note, at as made_at from good_order;
-- rollcall: side=right table=bad_order column.made_at=at
select customer, line, note, at as made_at from bad_order;
END
cat >checks/customers.sql <<'END'
-- rollcall: check=replay key=id truth=events
-- rollcall: side=events
select id, name, born, b from good_customer;
-- rollcall: side=state table=bad_customer
select id, name, born, b from bad_customer;
END
reconcile 1 --repair fix.sql --json
says 'nothing was run'
json '[.checks[] | "\(.missing) \(.extra) \(.mismatch)"] | join(", ")' '2 2 2, 1 1 2'
[ "$(stat -c %a fix.sql)" = 600 ] || fail 'others may read the values in the repair'
grep -c '^insert\|^update\|^delete' fix.sql >count
[ "$(cat count)" = 10 ] || fail "$(cat fix.sql)"
reconcile 1 # nothing was run
apply fix.sql
reconcile 0 --repair again.sql
! grep -q '^insert\|^update\|^delete' again.sql || fail "$(cat again.sql)"

# a table that refers to itself is named: its rows have no order that could be known
sql "create table good_part (id integer primary key, part_of integer)"
sql "create table bad_part (id integer primary key, part_of integer, foreign key (part_of) references bad_part (id))"
sql "insert into good_part values (1, null), (2, 1)"
mkdir parts
printf '%s\n' '-- rollcall: check=match key=id truth=left' '-- rollcall: side=left' 'select * from good_part;' '-- rollcall: side=right table=bad_part' \
    'select * from bad_part;' >parts/parts.sql
reconcile 1 --checks parts --repair parts.sql
grep -q "bad_part' refers to itself" parts.sql || fail "$(cat parts.sql)"

# a row that somebody changed since is left alone
sql "update bad_customer set name = 'first' where id = 3"
reconcile 1 --repair fix.sql
sql "update bad_customer set name = 'second' where id = 3"
apply fix.sql
expect "select name from bad_customer where id = 3" second
reconcile 1 --repair fix.sql --recheck 1 --grace 1ms
apply fix.sql
reconcile 0

# what is called otherwise in the table is named before anything is written
sed -i 's/ column.made_at=at//' checks/a-orders.sql
sql "update bad_order set note = 'x' where customer = 1"
reconcile 2 --repair fix.sql --json
json '.checks[0].error.message | test("no column .made_at.")' true
json '.checks[0].error.hint | test("column.made_at=NAME")' true

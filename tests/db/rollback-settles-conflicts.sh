# A price is changed by the migration and again since: keep lets the later write stand, restore brings the old value back,
# fail refuses and leaves everything; --merge row makes the whole row one conflict. Rows that the migration deleted come
# back, rows that it inserted go, unless somebody has written to them.
up_sql="UPDATE item SET price = price * 10, note = 'raised' WHERE id < 10;
DELETE FROM item WHERE id = 20;
INSERT INTO item (id, price, note) VALUES (30, 1, 'new'), (31, 1, 'new');"
begin() {
    migration 0001_item 'CREATE TABLE item (id integer PRIMARY KEY, price integer, note varchar(40), stock integer);' \
        'DROP TABLE item;'
    run 0 up
    sql 'DELETE FROM item' # what the last round left was parked, and is back
    sql "INSERT INTO item VALUES (1, 100, 'a', 1), (2, 200, 'b', 1), (3, 300, 'c', 1), (20, 5, 'old', 1), (40, 7, 'far', 1)"
    migration 0002_raise "$up_sql" "$1"
    run 0 up
    sql "UPDATE item SET price = 2222 WHERE id = 2"
    sql "UPDATE item SET stock = 99 WHERE id = 3"
    sql "UPDATE item SET note = 'seen' WHERE id = 31"
}
again() {
    run 0 rollback --to 0 --no-freeze
    rm -rf m
}
all='SELECT id, price, note, stock FROM item ORDER BY id'
empty='-- nothing of its own
UPDATE item SET stock = stock;'

begin "$empty"
run 3 rollback --on-conflict fail
says 'written by'
expect 'SELECT price FROM item WHERE id = 1' 1000
run 0 rollback --json
shows '"conflicts": 2'
shows '"lost": 0'
kept=$(rows "$all")
[ "$kept" = '1|100|a|1
2|2222|b|1
3|300|c|99
20|5|old|1
31|1|seen|'"$(rows 'SELECT stock FROM item WHERE id = 31')"'
40|7|far|1' ] || fail "kept: $kept"
again

begin "$empty"
run 0 rollback --on-conflict restore
expect "$all" '1|100|a|1
2|200|b|1
3|300|c|99
20|5|old|1
40|7|far|1'
again

begin "$empty"
run 0 rollback --merge row
expect 'SELECT price, note FROM item WHERE id = 2' '2222|raised'
expect 'SELECT price, note, stock FROM item WHERE id = 3' '300|c|99'
again

# A down script that goes too far: rows the migration never saw keep what they have in columns it knows.
begin "UPDATE item SET price = price / 10, note = 'lowered';"
run 0 rollback
expect 'SELECT id, price, note, stock FROM item WHERE id < 10 ORDER BY id' '1|100|a|1
2|2222|b|1
3|300|c|99'

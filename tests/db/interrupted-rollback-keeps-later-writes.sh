# engines: mariadb
# Killed in the middle of the way back, resumed from a machine that has nothing but the database: the rows come out as if
# nothing had happened, and what was parked comes back with the migration.
migration 0001_customer 'CREATE TABLE customer (id integer PRIMARY KEY, name varchar(80));' 'DROP TABLE customer;'
migration 0002_split "ALTER TABLE customer ADD COLUMN first varchar(40);
ALTER TABLE customer ADD COLUMN last varchar(40);
UPDATE customer SET first = substring_index(name, ' ', 1), last = trim(substr(name, instr(name, ' ')));
ALTER TABLE customer DROP COLUMN name;" "ALTER TABLE customer ADD COLUMN name varchar(80);
UPDATE customer SET name = concat(first, ' ', last);
ALTER TABLE customer DROP COLUMN first;
ALTER TABLE customer DROP COLUMN last;"
run 0 up --to 0001
sql "INSERT INTO customer VALUES (1, 'Ann  Smith'), (2, 'Bob Jones')"
export ROLLCALL_FAULT_TRACE=$PWD/trace
run 0 up
unset ROLLCALL_FAULT_TRACE
[ -s trace ] || skip 'this build has no fault points'
for point in migrate.intent@2 migrate.rows@1 migrate.outcome@2 migrate.outcome@3 operation.end@1; do
    case=$point
    sql "UPDATE customer SET last = 'Jonas' WHERE id = 2"
    sql "INSERT INTO customer (id, first, last) VALUES (3, 'Di  X', 'Dee')"
    got=0
    { ROLLCALL_FAULT=${point%@*}=crash@${point#*@} rollcall rollback --db "$URL" --dir m >out 2>err; } 2>/dev/null || got=$?
    [ "$got" = 137 ] || fail "exit $got, expected 137"
    run 0 resume --store elsewhere
    run 0 resume --store elsewhere
    expect 'SELECT id, name FROM customer ORDER BY id' '1|Ann  Smith
2|Bob Jonas
3|Di  X Dee'
    expect "SELECT table_name FROM information_schema.tables WHERE table_schema = database()
AND (table_name LIKE 'rollcall_merge%' OR table_name LIKE 'rollcall_parked_%' OR table_name LIKE 'rollcall_log%')" ''
    run 0 up --store elsewhere
    expect 'SELECT id, first, last FROM customer ORDER BY id' '1|Ann|Smith
2|Bob|Jonas
3|Di  X|Dee'
    sql 'DELETE FROM customer WHERE id = 3'
done

# A name is split in two and the old column dropped. Later one customer is renamed, one deleted, two come. The way back
# gives untouched rows their exact old name, keeps what was written since, and parks what the old schema has no place for;
# applied again, the migration gets that back.
case $ENGINE in
mariadb) first="substring_index(name, ' ', 1)" last="trim(substr(name, instr(name, ' ')))" joined="concat(first, ' ', last)" ;;
pg) first="split_part(name, ' ', 1)" last="trim(substr(name, strpos(name, ' ')))" joined="first || ' ' || last" ;;
sqlite) first="substr(name, 1, instr(name, ' ') - 1)" last="trim(substr(name, instr(name, ' ')))" joined="first || ' ' || last" ;;
esac
migration 0001_customer 'CREATE TABLE customer (id integer PRIMARY KEY, name varchar(80));' 'DROP TABLE customer;'
migration 0002_split "ALTER TABLE customer ADD COLUMN first varchar(40);
ALTER TABLE customer ADD COLUMN last varchar(40);
UPDATE customer SET first = $first, last = $last;
ALTER TABLE customer DROP COLUMN name;" "ALTER TABLE customer ADD COLUMN name varchar(80);
UPDATE customer SET name = $joined;
ALTER TABLE customer DROP COLUMN first;
ALTER TABLE customer DROP COLUMN last;"
run 0 up --to 0001
sql "INSERT INTO customer VALUES (1, 'Ann  Smith'), (2, 'Bob Jones'), (3, 'Cy  Young'), (4, 'Gone Soon')"
run 0 up --json
shows '"kind": "columns"'
shows '"kind": "changes"'
sql "UPDATE customer SET last = 'Jonas' WHERE id = 2"
sql "DELETE FROM customer WHERE id = 4"
sql "INSERT INTO customer (id, first, last) VALUES (5, 'Di  X', 'Dee'), (6, 'Ed', 'Eel')"
run 0 plan rollback
shows '4 rows written since: 1 carried, 3 merged, 0 parked, 0 kept, 0 compensated, 0 lost'
run 0 rollback
shows '4 rows written since: 1 carried, 3 merged, 0 parked, 0 kept, 0 compensated, 0 lost'
expect 'SELECT id, name FROM customer ORDER BY id' '1|Ann  Smith
2|Bob Jonas
3|Cy  Young
5|Di  X Dee
6|Ed Eel'
sql "UPDATE customer SET name = 'Ed Eagle' WHERE id = 6"
run 0 up
expect 'SELECT id, first, last FROM customer ORDER BY id' '1|Ann|Smith
2|Bob|Jonas
3|Cy|Young
5|Di  X|Dee
6|Ed|Eagle'
run 0 rollback --json
json '.verify.data' same
json '.verify.orphans' 0

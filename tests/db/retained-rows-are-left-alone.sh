# [retain]: a rollback that would take rows of the table is refused before anything happens.
migration 0001_ledger 'CREATE TABLE ledger (id integer PRIMARY KEY, v integer);' 'DROP TABLE ledger;'
run 0 up
sql 'INSERT INTO ledger VALUES (1, 5)'
printf '[project]\nname = x\n\n[retain "ledger"]\nreason = bookkeeping duty\n' >rollcall.ini
run 3 rollback --config rollcall.ini
says 'bookkeeping duty'
expect 'SELECT count(*) FROM ledger' 1
# What the migration had made of them stays, too.
migration 0002_change 'UPDATE ledger SET v = v + 1;' 'INSERT INTO ledger SELECT id + 100, v FROM ledger WHERE id < 0;'
run 0 up
sql 'UPDATE ledger SET v = 9'
run 0 rollback --config rollcall.ini
shows '1 kept'
expect 'SELECT v FROM ledger' 9

# A snapshot is put back into frozen tables by whoever froze them, not by anybody else; the proof tells that rows have changed.
sql "CREATE TABLE a (id integer PRIMARY KEY, x varchar(40))"
sql "INSERT INTO a VALUES (1, 'one')"
run 0 snapshot take --tables a
sql "UPDATE a SET x = 'wrong'"
run 0 freeze --apart 20ms
run 0 snapshot restore last --replace
says 'through the freeze'
expect "SELECT x FROM a" one
if rows "UPDATE a SET x = 'two'" >log 2>&1; then fail 'the restore ended the freeze'; fi
run 1 freeze --prove --apart 20ms --json
json '.passes, .frozen, .freezes[0].faults[0].what' $'0\ntrue\nits rows are not those that were frozen'
run 0 thaw

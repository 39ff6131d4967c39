# A registry from before there were freezes gets what it lacks from the first command that writes; those that look do without.
migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);' 'DROP TABLE a;'
run 0 up
case $ENGINE in pg) r=rollcall. ;; *) r=rollcall_ ;; esac
sql "DROP TABLE ${r}freeze"
sql "DROP TABLE ${r}freeze_pass"
sql "UPDATE ${r}meta SET value = '2' WHERE item = 'format'"
run 0 freeze --status --json
json '.frozen, .passes' $'false\n0'
run 0 status --json
json '.services[0].frozen' false
run 0 thaw
sql "DROP TABLE ${r}freeze"
sql "DROP TABLE ${r}freeze_pass"
sql "UPDATE ${r}meta SET value = '2' WHERE item = 'format'"
run 0 freeze --apart 20ms
if rows "INSERT INTO a VALUES (1)" >log 2>&1; then fail 'open'; fi
run 0 thaw
run 0 rollback
run 0 registry verify

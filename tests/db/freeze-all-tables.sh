# Without --tables everything the user has is frozen, once; a second freeze of the same tables changes nothing, and ends with the first.
sql "CREATE TABLE a (id integer PRIMARY KEY)"
sql "CREATE TABLE b (id integer PRIMARY KEY)"
run 0 freeze --apart 20ms --json
json '[.tables[].table | sub("public."; "")] | join(" ")' 'a b'
run 0 freeze --tables a --apart 20ms
run 0 freeze --status --json
json '.freezes | length' 2
if rows "INSERT INTO b VALUES (1)" >log 2>&1; then fail 'b is open'; fi
run 0 thaw
sql "INSERT INTO b VALUES (1)"
sql "INSERT INTO a VALUES (1)"
run 0 freeze --status --json
json '.frozen, (.freezes | length)' $'false\n0'
run 2 freeze --tables nowhere
says "no table 'nowhere'"
run 2 freeze --for soon
run 2 freeze --auto-thaw

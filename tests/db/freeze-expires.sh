# When the time is over there is a warning and nothing else, unless --auto-thaw said that writers pass then.
sql "CREATE TABLE a (id integer PRIMARY KEY)"
late() { [ "$(rollcall freeze --status --json --db "$URL" --dir m | jq '.freezes[0].expired')" = true ]; }
run 0 freeze --for 1s --apart 20ms
wait_until late
run 0 freeze --status
shows 'that time is over'
run 0 status
shows 'longer than it was meant to be'
if rows "INSERT INTO a VALUES (1)" >log 2>&1; then fail 'thawed by itself'; fi
run 0 thaw
run 0 freeze --for 1s --auto-thaw --apart 20ms
if rows "INSERT INTO a VALUES (1)" >log 2>&1; then fail 'open at once'; fi
wait_until rows "INSERT INTO a VALUES (1)"
run 0 freeze --status --json
json '.tables[0].layers | length' 0
run 1 freeze --prove --apart 20ms
shows 'its time is over'
run 0 thaw

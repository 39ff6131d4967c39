# Killed at any moment, a freeze is found by the catalogue and ended from elsewhere; nobody is let in half way unseen.
for t in a b c d e f g h; do sql "CREATE TABLE $t (id integer PRIMARY KEY)"; done
for delay in 0.02 0.04 0.06 0.08 0.1 0.15 0.3; do
    start it freeze --apart 300ms
    sleep "$delay"
    kill_hard it
    run 0 freeze --status --json
    half=$(jq -r '[.freezes[].faults[]] | length' out)
    frozen=$(jq -r .frozen out)
    : "$half of $frozen"
    wait_until rollcall thaw --db "$URL" --dir m
    run 0 freeze --status --json
    json '.frozen, (.freezes | length)' $'false\n0'
    for t in a b c d e f g h; do sql "INSERT INTO $t VALUES (1)"; sql "DELETE FROM $t"; done
done
run 0 freeze --apart 20ms
# the registry is gone: the triggers are not
case $ENGINE in
pg) sql "ALTER TABLE rollcall.meta RENAME TO lost" ;;
*) sql "DROP TABLE rollcall_meta" ;;
esac
if rows "INSERT INTO a VALUES (1)" >log 2>&1; then fail 'open'; fi
run 0 freeze --status --json
json .frozen true
run 0 thaw
sql "INSERT INTO a VALUES (1)"

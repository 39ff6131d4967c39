# Whatever is done to the registry's records, verify says so and names the first one that is wrong: altered, deleted in the
# middle, deleted at the end, inserted, swapped; with the checkpoint in the database, without it, and after all of it was
# written anew.
# engines: sqlite pg mariadb
case $ENGINE in pg) p=rollcall. ;; *) p=rollcall_ ;; esac
migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);' 'DROP TABLE a;'
migration 0002_b 'CREATE TABLE b (id integer PRIMARY KEY);' 'DROP TABLE b;'
run 0 up --reason 'a first release'
run 0 rollback --steps 1
run 0 registry verify --json
json '[.ok, .checkpoint, .marks, .first_bad]' '[true,true,2,null]'
n=$(jq .records out)
run 0 registry verify
shows 'the chain holds'

sql "CREATE TABLE kept AS SELECT * FROM ${p}record"
sql "CREATE TABLE kept_meta AS SELECT * FROM ${p}meta"
again() {
    sql "DELETE FROM ${p}record"
    sql "INSERT INTO ${p}record SELECT * FROM kept"
    sql "DELETE FROM ${p}meta"
    sql "INSERT INTO ${p}meta SELECT * FROM kept_meta"
    run 0 registry verify
}
# bad CASE FIRST_BAD WORDS: what verify has to say now
bad() {
    case=$1
    run 9 registry verify --json
    json '[.ok, .first_bad]' "[false,$2]"
    run 9 registry verify
    shows "$3"
    again
    case=
}
for column in previous hash op kind body; do
    sql "UPDATE ${p}record SET $column = 'x' WHERE seq = 3"
    bad "altered $column" 3 'the chain is broken at record 3'
done
sql "UPDATE ${p}record SET at_us = at_us + 1 WHERE seq = $n"
bad 'altered last' "$n" 'it was altered'
sql "DELETE FROM ${p}record WHERE seq = 3"
bad 'deleted in the middle' 3 'it is missing'
sql "DELETE FROM ${p}record WHERE seq = 1"
bad 'deleted first' 1 'it is missing'
sql "DELETE FROM ${p}record WHERE seq > $((n - 2))"
bad 'deleted at the end' $((n - 1)) "the checkpoint in the database names record $n"
sql "DELETE FROM ${p}record WHERE seq > $((n - 2))"
sql "DELETE FROM ${p}meta WHERE item = 'checkpoint'"
bad 'deleted at the end, and the checkpoint' $((n - 1)) 'checkpoints ('
sql "DELETE FROM ${p}record"
sql "DELETE FROM ${p}meta WHERE item = 'checkpoint'"
bad 'deleted all' 1 'checkpoints ('
sql "INSERT INTO ${p}record SELECT seq + 1, hash, hash, at_us, op, kind, body FROM kept WHERE seq = $n"
bad 'inserted at the end' $((n + 1)) 'its hash is not that of its content'
sql "UPDATE ${p}record SET seq = -seq WHERE seq > 2"
sql "UPDATE ${p}record SET seq = 1 - seq WHERE seq < 0"
sql "INSERT INTO ${p}record SELECT 3, previous, hash, at_us, op, kind, body FROM kept WHERE seq = 2"
bad 'inserted in the middle' 3 'its hash is not that of its content'
sql "UPDATE ${p}record SET seq = 1000 WHERE seq = 2"
sql "UPDATE ${p}record SET seq = 2 WHERE seq = 3"
sql "UPDATE ${p}record SET seq = 3 WHERE seq = 1000"
bad swapped 2 'its hash is not that of its content'

# another history whose hashes all fit, in its place: only what was noted elsewhere tells
case $ENGINE in
sqlite) sql "DELETE FROM ${p}record; DELETE FROM ${p}meta WHERE item = 'checkpoint'; UPDATE ${p}operation SET outcome = 'done', finished_us = 1" ;;
*) sql "DELETE FROM ${p}record" && sql "DELETE FROM ${p}meta WHERE item = 'checkpoint'" ;;
esac
run 0 up --store elsewhere
run 0 registry verify --store elsewhere
run 9 registry verify
shows 'another registry at this place'
json_seq=$(sed 's/.*at record \([0-9]*\) .*/\1/' out)
[ "$json_seq" -ge 1 ] || fail 'no record is named'

# Rows that a rollback puts back are not changes of the user's: no trigger sees them. On a server where triggers cannot be
# switched off they stand aside meanwhile, and come back exactly, whenever the run dies.
migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY, v varchar(40), n integer);
CREATE TABLE log (what varchar(100));' 'DROP TABLE log; DROP TABLE a;'
migration 0002_shout 'UPDATE a SET v = upper(v) WHERE id < 3;' 'UPDATE a SET n = n WHERE id = 0;'
run 0 up --to 0001
case $ENGINE in
sqlite)
    sql "CREATE TRIGGER touched AFTER UPDATE ON a BEGIN INSERT INTO log VALUES (old.v || '>' || new.v); END"
    triggers() { rows "SELECT group_concat(sql) FROM sqlite_schema WHERE type = 'trigger'"; }
    ;;
pg)
    sql "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN INSERT INTO log VALUES (old.v || '>' || new.v); RETURN new; END \$\$"
    sql "CREATE TRIGGER touched AFTER UPDATE ON a FOR EACH ROW EXECUTE FUNCTION note()"
    triggers() { rows "SELECT tgname, tgenabled FROM pg_trigger"; }
    ;;
mariadb)
    sql "CREATE TRIGGER second BEFORE UPDATE ON a FOR EACH ROW SET new.n = new.n * 2"
    sql "CREATE TRIGGER first BEFORE UPDATE ON a FOR EACH ROW PRECEDES second SET new.n = new.n + 1"
    sql "CREATE TRIGGER touched AFTER UPDATE ON a FOR EACH ROW INSERT INTO log VALUES (concat(old.v, '>', new.v))"
    triggers() { rows "SELECT trigger_name, action_order, action_statement, sql_mode, definer FROM information_schema.triggers WHERE trigger_schema = database() ORDER BY 1"; }
    ;;
esac
sql "INSERT INTO a VALUES (1, 'one', 0), (2, 'two', 0), (3, 'three', 0)"
before=$(triggers)
n=0
[ "$ENGINE" != mariadb ] || n=2

# check: 1 is as it was, 2 was written since and stays, and the log has what the user's own statements did.
check() {
    expect "SELECT id, v FROM a ORDER BY id" $'1|one\n2|later\n3|three'
    expect "SELECT n FROM a WHERE id = 1" 0
    expect "SELECT count(*) FROM log" 3
    [ "$(triggers)" = "$before" ] || fail "the triggers are now: $(triggers)"
    [ "$ENGINE" != mariadb ] || expect "SELECT count(*) FROM information_schema.tables WHERE table_schema = database() AND table_name = 'rollcall_aside'" 0
    sql "UPDATE a SET v = 'two' WHERE id = 2"
    expect "SELECT count(*) FROM log" 4
    sql "DELETE FROM log"
    sql "DELETE FROM a"
    sql "INSERT INTO a VALUES (1, 'one', 0), (2, 'two', 0), (3, 'three', 0)"
}

# forth: the migration, and a write after it.
forth() {
    run 0 up
    sql "UPDATE a SET v = 'later' WHERE id = 2"
    [ "$n" = 0 ] || expect "SELECT n FROM a WHERE id = 1" $n
}

forth
export ROLLCALL_FAULT_TRACE=$PWD/trace
run 0 rollback --to 0001
unset ROLLCALL_FAULT_TRACE
check
[ -s trace ] || exit 0 # a build without fault points
awk '$1 ~ /^mysql[.]/ { print $1 "@" ++n[$1] }' trace >points
[ "$ENGINE" != mariadb ] || [ "$(wc -l <points)" = 6 ] || fail "points: $(cat points)"
while read -r point; do
    case=$point
    forth
    got=0
    { ROLLCALL_FAULT=${point%@*}=crash@${point#*@} rollcall rollback --to 0001 --db "$URL" --dir m >out 2>err; } 2>/dev/null || got=$?
    [ "$got" = 137 ] || fail "exit $got, expected 137"
    if rows "UPDATE a SET n = 5" >sql.log 2>&1; then fail 'another session could write without the triggers'; fi
    run 0 resume
    run 0 rollback --to 0001
    check
done <points

# engines: sqlite
# One data set as published for three engines: the cells that differ in the publication, and nothing else.
if [ -z "${ROLLCALL_TEST_PG:-}" ] || [ -z "${ROLLCALL_TEST_MARIADB:-}" ]; then skip 'needs both servers'; fi
chinook=$EXAMPLES/../fixtures/chinook
zstd -dqc "$chinook/Chinook_Sqlite.sql.zst" | sqlite3 chinook.db
zstd -dqc "$chinook/Chinook_MySql.sql.zst" | mariadb --no-defaults -uroot -S "$ROLLCALL_TEST_MARIADB_SOCKET"
zstd -dqc "$chinook/Chinook_PostgreSql.sql.zst" | psql -qX -v ON_ERROR_STOP=1 "$ROLLCALL_TEST_PG" >psql.log 2>&1
lite=sqlite:chinook.db
mysql=${ROLLCALL_TEST_MARIADB%/*}/Chinook
postgres=${ROLLCALL_TEST_PG%/*}/chinook

# cells LEFT RIGHT TABLES CELLS WHERE
cells() {
    local got=0
    rollcall compare "$1" "$2" --json >out 2>err </dev/null || got=$?
    [ "$got" = 1 ] || fail "compare: exit $got"
    json '.tables | length' 11
    json '[.tables[] | select(.same | not)] | length' "$3"
    json '[.tables[].keys[].columns[]] | length' "$4"
    json '[.tables[] | .missing, .extra] | add' 0
    json '[.tables[].different] | add' "$4"
    json '[.tables[] | (.table | split(".") | last | gsub("_"; "") | ascii_downcase) as $t | .keys[].columns[] | "\($t).\(gsub("_"; "") | ascii_downcase)"] | unique | join(" ")' "$5"
}

cells "$lite" "$mysql" 1 4 'track.name'
cells "$lite" "$postgres" 2 8 'customer.city invoice.billingcity'
cells "$mysql" "$postgres" 3 12 'customer.city invoice.billingcity track.name'
cells "$postgres" "$lite" 2 8 'customer.city invoice.billingcity'

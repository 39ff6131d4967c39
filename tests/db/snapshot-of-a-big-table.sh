# A table that two connections read, half each, comes back as it was.
# engines: pg
sql "CREATE TABLE big (id integer PRIMARY KEY, note text, n numeric)"
sql "INSERT INTO big SELECT i, repeat(md5(i::text), 12), i / 7.0 FROM generate_series(1, 90000) i"
sql "ANALYZE big"
before=$(rows "SELECT count(*), sum(hashtextextended(b::text, 0)) FROM big b")
run 0 snapshot take --tables big --json
id=$(jq -r .id out)
run 0 snapshot verify "$id"
[ "$(rollcall snapshot cat "$id" big --db "$URL" | wc -l)" = 90000 ] || fail 'rows are missing'
sql "DELETE FROM big WHERE id % 3 = 0"
sql "UPDATE big SET note = 'x' WHERE id % 5 = 0"
run 0 snapshot restore "$id" --replace
expect "SELECT count(*), sum(hashtextextended(b::text, 0)) FROM big b" "$before"

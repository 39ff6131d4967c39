# The report of a rollback: four formats from the same records, the same bytes each time, nothing that is not on record.
# engines: sqlite pg mariadb
migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY, name VARCHAR(20));' 'DROP TABLE a;'
migration 0002_b 'CREATE TABLE b (id INTEGER PRIMARY KEY);' 'DROP TABLE b;'
run 2 report last
says "there is no operation 'last'"
run 0 up
run 0 rollback --reason 'the orders page is <b>empty</b>'
run 0 report last --json
json .kind rollback
json .outcome 'done'
json .reason 'the orders page is <b>empty</b>'
json '.scope.steps | map([.migration, .direction, .schema])' '[["0002_b","down","same"]]'
json '.scope | [.from, .to]' '["0002","0001"]'
json '.verify.schema' same
json '.evidence.records | map(.kind) | (index("begin") < index("down") and index("down") < index("end"))' true
json '.timeline.phases | map(.name) | (index("writes frozen") != null)' true
json .freeze.proven true
json '.summary | length' 8
op=$(jq -r .op out)
expect=$(jq -r '.evidence.checkpoint | "\(.seq):\(.hash)"' out)
run 0 registry verify --expect "$expect"
run 9 registry verify --expect "${expect%?}$(tr 0-9a-f 1-9a-f0 <<<"${expect: -1}")"
shows 'it is not the one that --expect names'
run 2 registry verify --expect "${expect%?}"
for format in html md text json; do
    run 0 report "${op:0:10}" --format $format
    cp out "first.$format"
    run 0 report last --format $format --out "second.$format"
    cmp "first.$format" "second.$format" || fail "$format differs from one time to the next"
done
# a later operation changes nothing in the report of an earlier one
run 0 up
run 0 report "$op" --format html
cmp out first.html || fail 'the report changed'
cp first.html out
shows '<h2>Fates of later writes</h2>'
shows '&lt;b&gt;empty&lt;/b&gt;'
never_shows '<b>'
shows '<svg '
for heading in 'What happened' Timeline Decisions Scope 'Fates of later writes' 'Rows before, after and now' 'Referential integrity' \
    'Across services' 'What remains' 'Open findings' 'Method and limits' Evidence; do
    for format in html md text; do grep -qF "$heading" "first.$format" || fail "$format lacks '$heading'"; done
done
cut -c1-100 first.text >narrow
cmp narrow first.text || fail 'the text is wider than 100 columns'
run 0 report last --out named.html
head -1 named.html | grep -q DOCTYPE || fail 'the name of the file does not choose the format'
run 0 report "$op" --postmortem
shows '# Post-mortem: rollback'
shows 'What was known when each of them was taken?'
run 2 report last --format pdf
run 0 registry show "$op"
shows 'reason       the orders page is <b>empty</b>'
shows 'down 0002_b'
run 0 registry show "$op" --json
json '.records | length >= 3' true

# What the merge did to rows written since goes on record, and into the report.
migration 0003_c "ALTER TABLE a ADD COLUMN extra VARCHAR(20);
UPDATE a SET name = 'after' WHERE id = 1;" 'ALTER TABLE a DROP COLUMN extra;'
sql "INSERT INTO a VALUES (1, 'one'), (2, 'two'), (3, 'three')"
run 0 up
sql "UPDATE a SET name = 'later' WHERE id = 1"
sql "INSERT INTO a (id, name, extra) VALUES (4, 'four', 'x')"
run 0 rollback --json
jq -c '.fates' out >fates.of.rollback
run 0 report last --json
jq -c '[.fates[] | del(.migration, .evidence)]' out >fates.of.report
cmp fates.of.rollback fates.of.report || fail "the report tells other fates: $(cat fates.of.rollback fates.of.report)"
json '.conflicts | map([(.table | sub(".*[.]"; "")), .columns, .rows, .resolution])' '[["a",["name"],1,"keep"]]'
json '.scorecard | map(select(.name == "rows lost") | .ok)' '[true]'
json .evidence.intact true
run 0 registry verify

# A report from records that were tampered with says so.
case $ENGINE in pg) p=rollcall. ;; *) p=rollcall_ ;; esac
sql "UPDATE ${p}record SET body = replace(body, '\"lost\":0', '\"lost\":7') WHERE kind = 'fates'"
run 0 report last --json
json '[.evidence.intact, .verdict.level, (.findings | map(.next) | index("rollcall registry verify") != null)]' '[false,"bad",true]'

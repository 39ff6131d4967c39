# The whole night: a release whose data migration is bad, writers that go on, a signed plan, a rollback that keeps what they
# wrote, a reconciliation that tells new findings from old ones, and a report of it all in four formats.
# engines: sqlite pg mariadb
rollcall keygen ann.key --no-passphrase --quiet >/dev/null || fail keygen
{
    printf '[service "shop"]\ndb = %s\ndir = m\n' "$URL"
    printf '[policy]\napprovals = 1\nrto = 10m\n[signer "ann"]\nkey = %s\nroles = dba\n' "$(sed -n 2p ann.pub)"
    printf '[vfk "order has customer"]\nchild = shop.orders(customer_id)\nparent = shop.customer(id)\n'
} >rollcall.ini
roll() { # EXIT COMMAND...
    local want=$1 got=0
    shift
    rollcall "$@" >out 2>err </dev/null || got=$?
    [ "$got" = "$want" ] || fail "$*: exit $got, expected $want"
}
mkdir checks
printf '%s\n' '-- rollcall: check=invariant name=no-empty-names key=id service=shop' 'select id from customer where name = '"''"';' >checks/names.sql
migration 0001_shop 'CREATE TABLE customer (id INTEGER PRIMARY KEY, name VARCHAR(60) NOT NULL);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, cents INTEGER NOT NULL);' 'DROP TABLE orders;
DROP TABLE customer;'
roll 0 up --reason 'first release'
sql "INSERT INTO customer VALUES (1, 'Ann  Ash'), (2, 'Bob Birch'), (3, 'Cy Cedar'), (4, '')"
sql 'INSERT INTO orders VALUES (1, 1, 100), (2, 2, 200), (3, 9, 300)' # an old sin: nobody is customer 9
roll 0 reconcile --baseline

# the bad release: names lose their blanks, and everybody gets a note
migration 0002_tidy "ALTER TABLE customer ADD COLUMN note VARCHAR(60);
UPDATE customer SET name = replace(name, ' ', ''), note = 'tidied' WHERE id < 4;" 'ALTER TABLE customer DROP COLUMN note;'
roll 0 up --reason 'names are tidied'
sql "UPDATE customer SET name = 'Robert Birch' WHERE id = 2"
sql "INSERT INTO customer (id, name, note) VALUES (5, 'Eve Elm', 'new')"
sql 'INSERT INTO orders VALUES (4, 5, 400), (5, 8, 500)' # a new orphan

roll 3 rollback --reason 'names without blanks on every invoice'
roll 0 plan rollback --out plan.json
roll 0 approve plan.json --key ann.key
ROLLCALL_AUTHOR=max roll 0 rollback --plan plan.json --reason 'names without blanks on every invoice' --json
json '.fates | map([.carried + .merged + .parked + .kept, .lost, .conflicts])' '[[2,0,1]]'
expect 'SELECT id, name FROM customer ORDER BY id' "1|Ann  Ash
2|Robert Birch
3|Cy Cedar
4|
5|Eve Elm"
roll 1 reconcile --op last
roll 0 registry verify
roll 0 report last --json
json '[.kind, .outcome, .verdict.level, .decisions.by]' '["rollback","done","bad","max"]'
json '.decisions.approvals | map([.signer, .role])' '[["ann","dba"]]'
json '.scorecard | map(select(.ok != null) | [.name, .ok])' \
    '[["time",true],["schema restored",true],["data verified",true],["rows lost",true],["freeze proven",true],["orphans",false],["reconciled",false]]'
json '.reconcile.checks | map([.name, .ok, .preexisting])' '[["no-empty-names",true,1],["order has customer",false,1]]'
json '.findings | map(.severity) | sort' '["high","low","low","medium"]'
op=$(jq -r .op out)
for format in html md text json; do roll 0 report "$op" --out "report.$format" --format $format; done
grep -q 'Robert' report.* && fail 'a value is in the report'
grep -q 'names without blanks on every invoice' report.html || fail 'the reason is not in the report'
grep -q '<svg ' report.html || fail 'no figure'
grep -qF '| order has customer | vfk |' report.md || fail 'the check is not in the report'
[ -z "${KEEP_REPORT:-}" ] || cp report.* "$KEEP_REPORT"

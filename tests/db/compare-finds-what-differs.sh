# A copy with one row of each kind of difference; the same again over a snapshot; bad input.
sql 'CREATE TABLE t (id int PRIMARY KEY, name varchar(40), price decimal(10,2))'
sql 'CREATE TABLE pairs (a int, b int)'
sql "INSERT INTO t VALUES (1, 'one', 1.10), (2, 'two', 2.00), (3, NULL, NULL), (4, 'four', 0)"
sql 'INSERT INTO pairs VALUES (1, 1), (1, 1), (2, 2), (NULL, 2)'
sqlite3 copy.db "CREATE TABLE T (ID integer primary key, NAME text, PRICE numeric);
    INSERT INTO T VALUES (1, 'one', 1.1), (2, 'two', 2), (3, NULL, NULL), (4, 'four', 0);
    CREATE TABLE pairs (a int, b int); INSERT INTO pairs VALUES (2, 2), (1, 1), (NULL, 2), (1, 1)"

# compare EXIT ARGS...
compare() {
    local want=$1 got=0
    shift
    rollcall compare "$@" >out 2>err </dev/null || got=$?
    [ "$got" = "$want" ] || fail "compare $*: exit $got, expected $want"
}

compare 0 "$URL" sqlite:copy.db --json
json .same true
json '[.tables[] | [.left_rows, .right_rows, .missing, .extra, .different]] | unique' '[[4,4,0,0,0]]'

sqlite3 copy.db "DELETE FROM T WHERE ID = 1; INSERT INTO T VALUES (5, 'five', 5); UPDATE T SET NAME = '', PRICE = 0.01 WHERE ID = 3;
    DELETE FROM pairs WHERE rowid = 2"
compare 1 "$URL" sqlite:copy.db --json --show-values
json '[.tables[] | select(.table | test("t$")) | .missing, .extra, .different]' '[1,1,1]'
json '[.tables[] | select(.table | test("t$")).keys[] | [.kind, .key[0]]]' '[["missing",1],["different",3],["extra",5]]'
json '[.tables[] | select(.table | test("t$")).keys[] | .columns[]]' '["name","price"]'
json '[.tables[] | select(.table | test("t$")).keys[1].values[] | [.left, .right]]' '[[null,""],[null,"0.01"]]'
json '[.tables[] | select(.table | test("pairs$")) | .missing, .extra, .keys[0].copies]' '[1,0,1]'
compare 1 "$URL" sqlite:copy.db
shows ': name, price'
never_shows five

compare 0 "$URL" sqlite:copy.db --left-query 'SELECT id, price FROM t WHERE id IN (2, 4)' --right-query 'SELECT PRICE, ID FROM T WHERE ID IN (2, 4)'
compare 1 "$URL" sqlite:copy.db --left-query 'SELECT id, name FROM t' --right-query 'SELECT ID, NAME FROM T' --key id --json
json '.tables[0] | [.missing, .extra, .different]' '[1,1,1]'

run 0 snapshot take --json
id=$(jq -r .id out)
compare 0 "$id" "$URL"
compare 0 last last
sql "UPDATE t SET price = 2.01 WHERE id = 2"
compare 1 "$URL" last --json
json '[.tables[].keys[] | [.key[0], .columns[0]]]' '[[2,"price"]]'

compare 2 "$URL" sqlite:copy.db --tables nothing
says "no table 'nothing'"
says hint:
compare 2 "$URL" sqlite:copy.db --tables t --key other
says "no column 'other'"
compare 2 "$URL" sqlite:copy.db --tables pairs --key b
says 'not unique'
compare 2 "$URL" nothing-here
says hint:
compare 2 "$URL" sqlite:copy.db --left-query 'SELECT 1 AS a'
compare 2 "$URL" sqlite:copy.db --left-query 'SELECT nothing FROM nowhere' --right-query 'SELECT 1 AS a'
compare 8 "$URL" sqlite:no-such-file.db

sql 'CREATE TABLE near (id int PRIMARY KEY, price decimal(10,3), name varchar(20))'
sql "INSERT INTO near VALUES (1, 1.000, 'Ann'), (2, 2.000, 'Bob'), (3, 3.000, 'Cid'), (4, 1000, '')"
sqlite3 copy.db "CREATE TABLE near (id integer primary key, price numeric, name text);
    INSERT INTO near VALUES (1, 1.01, 'ANN'), (2, 2.011, 'Bob'), (3, 3, 'Cid'), (4, 1009, NULL)"
compare 1 "$URL" sqlite:copy.db --tables near --json
json '.tables[0] | [.different, .by_rule]' '[3,0]'
compare 1 "$URL" sqlite:copy.db --tables near --json --tolerance price=0.01,case
json '.tables[0] | [.different, .by_rule, .keys[].columns]' '[2,1,["price"],["name","price"]]'
compare 0 "$URL" sqlite:copy.db --tables near --json --tolerance 1%,name=case,name=empty
json '[.same, .tables[0].by_rule]' '[true,3]'
compare 2 "$URL" sqlite:copy.db --tables near --tolerance price=much
says 'no tolerance'

# engines: pg
# A block of code empties one table and drops another: both were saved, and later writes stay.
migration 0001_base 'CREATE TABLE emptied (id integer PRIMARY KEY, v text); CREATE TABLE dropped (id integer PRIMARY KEY, v text);' \
    'DROP TABLE emptied; DROP TABLE dropped;'
run 0 up
sql "INSERT INTO emptied VALUES (1, 'a'), (2, 'b')"
sql "INSERT INTO dropped VALUES (1, 'a'), (2, 'b')"
migration 0002_block "DO \$\$ BEGIN TRUNCATE emptied; EXECUTE 'DROP TABLE dropped'; END \$\$;" \
    'CREATE TABLE dropped (id integer PRIMARY KEY, v text);'
run 0 up
sql "INSERT INTO emptied VALUES (2, 'taken'), (3, 'new')"
run 0 rollback
expect 'SELECT id, v FROM emptied ORDER BY id' '1|a
2|taken
3|new'
expect 'SELECT id, v FROM dropped ORDER BY id' '1|a
2|b'

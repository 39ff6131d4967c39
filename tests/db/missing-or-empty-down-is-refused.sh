migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);'
run 0 up
run 3 rollback
expect_tables a
migration 0002_b 'CREATE TABLE b (id integer PRIMARY KEY);' '-- nothing'
run 0 up
run 3 rollback
expect_tables 'a b'
run 0 status --json
json '.services[0].applied | length' 2

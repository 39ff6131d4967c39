migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);' 'DROP TABLE a;'
migration 0002_b 'CREATE TABLE b (id integer PRIMARY KEY);' 'DROP TABLE b;'
run 0 up
rm -r m
run 0 rollback --json
json .verify.schema same
run 0 rollback
expect_tables ''

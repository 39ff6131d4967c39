migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);' 'DROP TABLE a;'
migration 0002_b 'CREATE TABLE b (id integer PRIMARY KEY);' 'DROP TABLE b;'
sql 'CREATE TABLE a (id integer PRIMARY KEY)'
run 0 adopt --baseline 0001
run 0 status --json
json '.services[0].current' 0001
run 0 up
expect_tables 'a b'
run 3 rollback --steps 2
says unprotected
run 0 rollback --steps 2 --unprotected
expect_tables ''

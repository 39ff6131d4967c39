migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);' 'DROP TABLE a;'
migration 0003_c 'CREATE TABLE c (id integer PRIMARY KEY);' 'DROP TABLE c;'
run 0 up
migration 0002_b 'CREATE TABLE b (id integer PRIMARY KEY);' 'DROP TABLE b;'
run 1 status --check
run 3 up
says --allow-out-of-order
expect_tables 'a c'
run 0 up --allow-out-of-order
expect_tables 'a b c'
run 0 rollback
expect_tables 'a c'

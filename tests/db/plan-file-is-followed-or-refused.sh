migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);' 'DROP TABLE a;'
migration 0002_b 'CREATE TABLE b (id integer PRIMARY KEY);' 'DROP TABLE b;'
run 0 up
run 0 plan rollback --steps 2 --out two.plan
migration 0003_c 'CREATE TABLE c (id integer PRIMARY KEY);' 'DROP TABLE c;'
run 0 up
run 3 rollback --steps 2 --plan two.plan
expect_tables 'a b c'
run 0 rollback
run 0 rollback --steps 2 --plan two.plan
expect_tables ''
run 2 rollback --plan m/0001_a.up.sql

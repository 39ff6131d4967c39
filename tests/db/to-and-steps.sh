for n in 1 2 3 4; do migration 000${n}_t$n "CREATE TABLE t$n (id integer PRIMARY KEY);" "DROP TABLE t$n;"; done
run 0 up --to 2
expect_tables 't1 t2'
run 0 up --steps 1
expect_tables 't1 t2 t3'
run 0 up
run 0 rollback
expect_tables 't1 t2 t3'
run 0 rollback --to 0001
expect_tables t1
run 2 up --to 0009
run 2 rollback --to 0003
expect_tables t1

for n in 1 2 3; do migration 000${n}_t$n "CREATE TABLE t$n (id INTEGER PRIMARY KEY);" "DROP TABLE t$n;"; done
rc on up --quiet --to 2
tables
rc on up --quiet --to 0003_t3
tables
rc on rollback --quiet --to 1
tables
rc on up --to 9
rc on rollback --to 0
rc on up --steps 0
rc on up --steps x
rc on up --steps 1 --to 2
tables

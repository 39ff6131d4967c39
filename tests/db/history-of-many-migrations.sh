for n in $(seq -w 120); do migration "0${n}_t" "CREATE TABLE t$n (id integer PRIMARY KEY);" "DROP TABLE t$n;"; done
run 0 up --quiet
run 0 status --check --json
json '.services[0].applied | length' 120
run 0 drift
run 0 rollback --to 0 --quiet
expect_tables ''

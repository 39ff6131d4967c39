# One of several runners applies; the others say who does, or come late and find nothing to do.
for n in 1 2 3 4 5 6; do migration 000${n}_t$n "CREATE TABLE t$n (id integer PRIMARY KEY); INSERT INTO t$n VALUES ($n);" "DROP TABLE t$n;"; done
for runner in one two three four; do start $runner up --json; done
for runner in one two three four; do finish $runner "0 7"; done
run 0 status --check
for n in 1 2 3 4 5 6; do expect "SELECT count(*) FROM t$n" 1; done

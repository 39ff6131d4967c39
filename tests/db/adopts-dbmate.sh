mkdir m
for n in 1 2; do printf -- '-- migrate:up\nCREATE TABLE t%d (id integer PRIMARY KEY);\n\n-- migrate:down\nDROP TABLE t%d;\n' $n $n >m/2026010100000${n}_t$n.sql; done
sql 'CREATE TABLE t1 (id integer PRIMARY KEY)'
sql 'CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY)'
sql "INSERT INTO schema_migrations VALUES ('20260101000001')"
run 0 adopt
run 0 up
run 0 status --check
run 3 rollback --steps 2
says unprotected
run 0 rollback --steps 2 --unprotected
expect_tables schema_migrations

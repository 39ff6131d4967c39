migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);' 'DROP TABLE a;'
migration 0002_b 'CREATE TABLE b (id integer PRIMARY KEY);' 'DROP TABLE b;'
migration 0003_c 'CREATE TABLE c (id integer PRIMARY KEY);' 'DROP TABLE c;'
sql 'CREATE TABLE a (id integer PRIMARY KEY)'
sql 'CREATE TABLE b (id integer PRIMARY KEY)'
sql 'CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL)'
sql 'INSERT INTO schema_migrations VALUES (2, true)'
run 3 adopt
says dirty
sql 'UPDATE schema_migrations SET dirty = false'
run 0 adopt
run 0 status --json
json '.services[0].applied | map(.version) | join(" ")' '0001 0002'
run 0 up
expect 'SELECT version FROM schema_migrations' 2
run 3 rollback --steps 2
says unprotected
run 0 rollback --steps 2 --unprotected
expect_tables 'a schema_migrations'

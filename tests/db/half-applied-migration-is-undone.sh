# engines: mariadb
migration 0001_b 'CREATE TABLE b (id integer PRIMARY KEY);
INSERT INTO b SELECT 2 FROM missing;' 'DROP TABLE b;'
run 5 up
expect_tables b
run 0 abort
expect_tables ''
run 0 status --json
json '.services[0].interrupted' null
json '.services[0].applied | length' 0

migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY, name varchar(40));' 'DROP TABLE a;'
migration 0002_index 'CREATE INDEX a_name ON a (name);
CREATE TABLE b (id integer PRIMARY KEY);' 'DROP TABLE b;'
run 0 up
run 6 rollback --json
json .outcome unverified
json .verify.schema different
json '.verify.differences | length' 1
run 0 status --json
json '.services[0].applied | length' 1

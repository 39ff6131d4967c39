migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY, name varchar(40));' 'DROP TABLE a;'
run 0 up
run 0 drift
sql 'ALTER TABLE a ADD COLUMN age integer'
sql 'CREATE INDEX a_name ON a (name)'
sql 'CREATE VIEW v AS SELECT id FROM a'
run 1 drift --json
json '[.. | objects | select(.change?) | .kind] | unique | join(" ")' 'column index view'
json '[.. | objects | select(.change?) | .change] | unique | join(" ")' added
sql 'DROP VIEW v'
if [ "$ENGINE" = mariadb ]; then sql 'DROP INDEX a_name ON a'; else sql 'DROP INDEX a_name'; fi
sql 'ALTER TABLE a DROP COLUMN age'
run 0 drift

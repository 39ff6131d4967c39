migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);' 'DROP TABLE a;'
run 0 up
echo '-- afterthought' >>m/0001_a.up.sql
run 1 status --check --json
json '.services[0].applied[0].drift' true
migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);' 'DROP TABLE IF EXISTS a;'
run 3 rollback
says 'DROP TABLE IF EXISTS a'
says --use-edited
expect_tables a
run 0 rollback --use-edited
expect_tables ''

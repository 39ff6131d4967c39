migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);' 'DROP TABLE a;'
echo "SELECT 'a has no rows' FROM (SELECT 1 AS one) x WHERE NOT EXISTS (SELECT 1 FROM a);" >m/0001_a.verify.sql
run 6 up --json
json .outcome unverified
json '.steps[0].verify_error | contains("a has no rows")' true
expect_tables a
run 0 status --check
run 0 rollback
echo 'SELECT 1 FROM a;' >m/0001_a.verify.sql
run 0 up

migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);' 'DROP TABLE a;'
run 0 up
run 0 rollback
run 0 registry verify --json
json .ok true
run 0 registry list --json
case $ENGINE in pg) prefix=rollcall. ;; *) prefix=rollcall_ ;; esac
sql "UPDATE ${prefix}record SET body = '{}' WHERE seq = 2"
run 9 registry verify --json
json .ok false
json .first_bad 2

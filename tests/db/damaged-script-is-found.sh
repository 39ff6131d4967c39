# The stored way back is checked before it runs.
migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);' 'DROP TABLE a;'
run 0 up
case $ENGINE in pg) prefix=rollcall. ;; *) prefix=rollcall_ ;; esac
sql "DELETE FROM ${prefix}script WHERE sha256 = (SELECT down_sha256 FROM ${prefix}migration WHERE id = '0001_a')"
rm -r m
run 9 rollback
expect_tables a

mkdir m
echo 'CREATE TABLE secret (id INTEGER);' >outside.sql
ln -s ../outside.sql m/0001_b.up.sql
rc on up
tables

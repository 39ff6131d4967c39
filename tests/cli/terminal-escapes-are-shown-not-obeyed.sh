migration 0001_a "SELECT '$(printf '\033')[31m' FROM nosuch;" 'SELECT 1;'
rc on up
printf 'CREATE TABLE "a\033]0;owned\007" (id INTEGER);\n' >m/0001_a.up.sql
rc on up
rc on rollback
sqlite3 t.db 'CREATE TABLE x (id INTEGER)'
rc on drift

mkdir m
printf 'SELECT \033[31m;\n' >m/0001_a.up.sql
rc on up
printf 'CREATE TABLE "a\033]0;owned\007" (id INTEGER);\n' >m/0001_a.up.sql
printf 'SELECT 1;\n' >m/0001_a.down.sql
rc on up
rc on rollback

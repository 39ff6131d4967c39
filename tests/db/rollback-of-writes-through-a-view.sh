# engines: mariadb
# Triggers see nothing of a view: what is behind it is saved whole.
migration 0001_base 'CREATE TABLE behind (id integer PRIMARY KEY, v varchar(20)); CREATE VIEW glass AS SELECT id, v FROM behind;' \
    'DROP VIEW glass; DROP TABLE behind;'
run 0 up
sql "INSERT INTO behind VALUES (1, 'a'), (2, 'b'), (3, 'c')"
migration 0002_through "UPDATE glass SET v = upper(v); DELETE FROM glass WHERE id = 3;" "UPDATE glass SET v = lower(v);"
run 0 up
sql "UPDATE behind SET v = 'Later' WHERE id = 2"
run 0 rollback
expect 'SELECT id, v FROM behind ORDER BY id' '1|a
2|Later
3|c'

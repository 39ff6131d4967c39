# engines: pg mariadb
migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);' 'DROP TABLE a;'
URL=${URL}_missing
run 8 up

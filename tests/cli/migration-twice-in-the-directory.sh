migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY);' 'DROP TABLE a;'
cp m/0001_a.up.sql m/0001_a.UP.sql
migration 0001_b 'CREATE TABLE b (id INTEGER PRIMARY KEY);' 'DROP TABLE b;'
migration 1_a 'CREATE TABLE c (id INTEGER PRIMARY KEY);' 'DROP TABLE c;'
rc on lint
rc on up --quiet
tables

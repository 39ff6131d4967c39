migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY);' 'DROP TABLE a;'
migration 0001_b 'CREATE TABLE b (id INTEGER PRIMARY KEY);' 'DROP TABLE b;'
migration 1_c 'CREATE TABLE c (id INTEGER PRIMARY KEY);' 'DROP TABLE c;'
rc on up
rc on rollback --to 0001
rc on rollback --to 0001_b
tables

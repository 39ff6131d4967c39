migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY);' 'DROP TABLE a;'
migration 0003_c 'CREATE TABLE c (id INTEGER PRIMARY KEY);' 'DROP TABLE c;'
on up --quiet
migration 0002_b 'CREATE TABLE b (id INTEGER PRIMARY KEY);' 'DROP TABLE b;'
rc on status
rc on up
tables
rc on up --allow-out-of-order
tables

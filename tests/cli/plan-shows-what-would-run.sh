migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY);' 'DROP TABLE a;'
migration 0002_b 'CREATE TABLE b (id INTEGER PRIMARY KEY);
INSERT INTO b VALUES (1);' 'DROP TABLE b;'
rc on plan up
on up --quiet
rc on plan rollback --steps 2
rc on plan sideways

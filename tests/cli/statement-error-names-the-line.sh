migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY);

INSERT INTO a
VALUES (1), (1);' 'DROP TABLE a;'
rc on up
tables

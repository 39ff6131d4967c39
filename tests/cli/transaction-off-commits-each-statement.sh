migration 0001_a '-- rollcall: transaction=off
CREATE TABLE a (id INTEGER PRIMARY KEY);
INSERT INTO a VALUES (1);
INSERT INTO a VALUES (1);
INSERT INTO a VALUES (2);' 'DROP TABLE a;'
rc on up
sqlite3 t.db 'SELECT * FROM a'
rc on status
rc on up
rc on resume

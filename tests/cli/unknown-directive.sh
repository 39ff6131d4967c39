migration 0001_a '-- rollcall: clas=lossy
CREATE TABLE a (id INTEGER PRIMARY KEY);' 'DROP TABLE a;'
rc on up
tables

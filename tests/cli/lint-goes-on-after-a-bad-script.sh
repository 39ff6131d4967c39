migration 0001_a "CREATE TABLE a (id INTEGER PRIMARY KEY);
INSERT INTO a VALUES ('unclosed);" 'DROP TABLE a;'
migration 0002_b 'DROP TABLE z;' 'CREATE TABLE z (id INTEGER PRIMARY KEY);'
rc on lint

migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY);
CREATE TABLE a (id INTEGER PRIMARY KEY);' 'DROP TABLE a;'
rc on up --json
rc rollcall up --db nosuch:x --dir m --json

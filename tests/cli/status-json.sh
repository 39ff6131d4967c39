migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY);' 'DROP TABLE a;'
migration 0002_b 'CREATE TABLE b (id INTEGER PRIMARY KEY);' 'DROP TABLE b;'
on up --quiet --steps 1
on status --json

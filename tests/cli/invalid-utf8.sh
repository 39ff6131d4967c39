migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY);' 'DROP TABLE a;'
mkdir -p m
printf 'CREATE TABLE b (id INTEGER);\nINSERT INTO b VALUES (\047caf\351\047);\n' >m/0002_b.up.sql
rc on up
tables

migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT);' 'DROP TABLE a;'
migration 0002_upper 'UPDATE a SET name = upper(name);' 'UPDATE a SET name = lower(name);'
mkdir rows
echo "INSERT INTO a (id, name) VALUES (1, 'ann'), (2, 'McCoy');" >rows/0001_people.sql
rc on drill --rows rows
rc on drill --rows rows --json

migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY);' 'DROP TABLE a;'
echo 'this is not a database, it is a text of more than a hundred bytes, so that the header is surely read and refused' >t.db
rc on up
cat t.db

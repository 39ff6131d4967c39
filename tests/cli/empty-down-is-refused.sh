migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY);' '-- nothing here
'
on up --quiet
rc on rollback
tables

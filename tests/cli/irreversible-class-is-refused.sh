migration 0001_a '-- rollcall: class=irreversible reason="history is rewritten"
CREATE TABLE a (id INTEGER PRIMARY KEY);' 'DROP TABLE a;'
on up --quiet
rc on rollback
tables

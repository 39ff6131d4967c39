migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY);' 'DROP TABLE a;'
rc rollcall up --db sqlite:no/such/t.db --dir m

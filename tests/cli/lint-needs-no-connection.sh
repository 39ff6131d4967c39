migration 0001_a 'CREATE TABLE a (id bigint PRIMARY KEY, b int);' 'DROP TABLE a;'
migration 0002_b 'CREATE INDEX a_b ON a (b);' 'DROP INDEX a_b;'
rc rollcall lint --db postgres://nobody@host.invalid/none --dir m
rc rollcall lint --db mysql://nobody@host.invalid/none --dir m
rc rollcall lint --db oracle://x --dir m
rc rollcall lint --dir m

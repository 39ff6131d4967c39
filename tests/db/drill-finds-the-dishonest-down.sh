migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY, name varchar(40) NOT NULL);' 'DROP TABLE a;'
migration 0002_index 'CREATE INDEX a_name ON a (name); CREATE TABLE b (id integer PRIMARY KEY);' 'DROP TABLE b;'
migration 0003_fails 'CREATE TABLE c (id integer PRIMARY KEY);' 'DROP TABLE nosuch;'
migration 0004_empty 'CREATE TABLE d (id integer PRIMARY KEY);' '-- todo'
migration 0005_missing 'CREATE TABLE e (id integer PRIMARY KEY);'
run 1 drill --json
json '.migrations | map(.verdict) | join(" ")' 'exact different fails empty missing'
json '.migrations[1].residue | map(.kind + " " + .change) | join(",")' 'index added'
expect_tables ''

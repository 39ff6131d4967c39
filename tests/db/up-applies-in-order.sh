migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);' 'DROP TABLE a;'
migration 0002_b 'CREATE TABLE b (id integer PRIMARY KEY, a_id integer REFERENCES a (id));
INSERT INTO a VALUES (1);
INSERT INTO b VALUES (1, 1);' 'DROP TABLE b; DELETE FROM a;'
migration 0010_c 'INSERT INTO b VALUES (2, 1);' 'DELETE FROM b WHERE id = 2;'
run 1 status --check --json
json '.services[0].pending | map(.version) | join(" ")' '0001 0002 0010'
expect_tables ''
run 0 up --json
json .outcome 'done'
json '.steps | map(.version + .direction) | join(" ")' '0001up 0002up 0010up'
expect 'SELECT id, a_id FROM b ORDER BY id' $'1|1\n2|1'
run 0 status --check --json
json '.services[0].current' 0010
json '.services[0].applied | length' 3
json '.services[0].drift' '[]'

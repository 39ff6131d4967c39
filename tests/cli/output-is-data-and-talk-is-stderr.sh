migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY);' 'DROP TABLE a;'
on up --json 2>/dev/null | jq -r .outcome
on status --json 2>/dev/null | jq -r '.services[0].current'
rc on up --quiet

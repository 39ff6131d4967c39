migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY);' 'DROP TABLE a;'
printf '[service "a"]\ndb = sqlite:t.db\ndir = m\n' >rollcall.ini
mkdir -p deep/er
cd deep/er
rc rollcall up --quiet
cd ../..
tables
ls deep/er

mkdir m
printf 'CREATE TABLE b (id INTEGER);\nSELECT \0001;\n' >m/0001_b.up.sql
rc on up
tables

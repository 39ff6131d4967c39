mkdir m
printf "CREATE TABLE b (id INTEGER, name TEXT);\nINSERT INTO b VALUES (1, 'it''s);\nSELECT 2;\n" >m/0001_b.up.sql
rc on up
tables

migration 0001_a 'DROP TABLE a;' 'SELECT 1;'
migration 0002_b 'DROP TABLE b;' 'SELECT 1;'
rc on lint m/0002_b.up.sql
rc on lint 0001_a.up.sql "$PWD/m/0001_a.down.sql"
rc on lint m/0003_c.up.sql

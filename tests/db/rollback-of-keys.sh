# Migrations that change keys, names and counters, and tables with other keys than a number or with none.

case='keys are moved'
# To the merge a moved key is a row gone and a row come: the old rows come back, the new ones go unless somebody wrote to them.
there_and_back 'CREATE TABLE moved (id integer PRIMARY KEY, v varchar(20));' "INSERT INTO moved VALUES (1, 'a'), (2, 'b'), (3, 'c')" \
    'UPDATE moved SET id = id + 1000;' 'UPDATE moved SET id = id - 1000 WHERE id > 1000;' \
    "INSERT INTO moved VALUES (5, 'new')"
expect 'SELECT id, v FROM moved ORDER BY id' $'1|a\n2|b\n3|c\n5|new'
json .conflicts '[]'

case='keys are moved and the rows written to'
there_and_back 'CREATE TABLE moved2 (id integer PRIMARY KEY, v varchar(20));' "INSERT INTO moved2 VALUES (1, 'a'), (2, 'b'), (3, 'c')" \
    'UPDATE moved2 SET id = id + 1000;' - "UPDATE moved2 SET v = 'later' WHERE id = 1002; INSERT INTO moved2 VALUES (3, 'taken')"
expect 'SELECT id, v FROM moved2 ORDER BY id' $'1|a\n2|b\n3|taken\n1002|later'

case='the same, and the old rows are wanted'
there_and_back 'CREATE TABLE moved3 (id integer PRIMARY KEY, v varchar(20));' "INSERT INTO moved3 VALUES (1, 'a'), (2, 'b'), (3, 'c')" \
    'UPDATE moved3 SET id = id + 1000;' - "UPDATE moved3 SET v = 'later' WHERE id = 1002; INSERT INTO moved3 VALUES (3, 'taken')" \
    --on-conflict restore
expect 'SELECT id, v FROM moved3 ORDER BY id' $'1|a\n2|b\n3|c'

case='two keys are exchanged'
there_and_back 'CREATE TABLE swap (id integer PRIMARY KEY, v varchar(20));' "INSERT INTO swap VALUES (1, 'a'), (2, 'b'), (3, 'c')" \
    'UPDATE swap SET id = -1 WHERE id = 1; UPDATE swap SET id = 1 WHERE id = 2; UPDATE swap SET id = 2 WHERE id = -1;' - ''
expect 'SELECT id, v FROM swap ORDER BY id' $'1|a\n2|b\n3|c'

case='a key of two columns, one of them text'
there_and_back 'CREATE TABLE pair (a integer, b varchar(20), v integer, PRIMARY KEY (b, a));' \
    "INSERT INTO pair VALUES (1, 'x', 10), (1, 'y', 20), (2, 'x', 30), (2, '', 40), (3, 'it''s', 50)" \
    "UPDATE pair SET v = v * 100 WHERE a < 3; DELETE FROM pair WHERE a = 3; INSERT INTO pair VALUES (4, 'z', 1);" - \
    "UPDATE pair SET v = 7 WHERE a = 1 AND b = 'y'; DELETE FROM pair WHERE a = 2 AND b = 'x'; INSERT INTO pair VALUES (5, 'x', 60)"
expect 'SELECT a, b, v FROM pair ORDER BY a, b' $'1|x|10\n1|y|7\n2||40\n3|it\'s|50\n5|x|60'

case='text keys that differ in little'
binary=
[ "$ENGINE" != mariadb ] || binary='CHARACTER SET utf8mb4 COLLATE utf8mb4_bin'
there_and_back "CREATE TABLE word (k varchar(20) $binary PRIMARY KEY, v integer);" \
    "INSERT INTO word VALUES ('a', 1), ('A', 2), ('ä', 3), (' a', 4), ('%', 5), ('', 6)" \
    "UPDATE word SET v = 0; DELETE FROM word WHERE k IN ('A', '%');" - "UPDATE word SET v = 33 WHERE k = 'ä'; DELETE FROM word WHERE k = ' a'"
expect "SELECT k, v FROM word ORDER BY v" $'a|1\nA|2\n%|5\n|6\nä|33'

case='without a key, nobody wrote'
there_and_back 'CREATE TABLE loose (v varchar(20), n integer);' "INSERT INTO loose VALUES ('a', 1), ('a', 1), ('b', 2), (NULL, NULL)" \
    "UPDATE loose SET n = 9; DELETE FROM loose WHERE v = 'b';" - ''
expect "SELECT coalesce(v, '-'), coalesce(n, 0) FROM loose ORDER BY 1, 2" $'-|0\na|1\na|1\nb|2'

case='without a key, somebody wrote'
there_and_back 'CREATE TABLE loose2 (v varchar(20), n integer);' "INSERT INTO loose2 VALUES ('a', 1), ('a', 1), ('b', 2)" \
    "UPDATE loose2 SET n = n + 10; DELETE FROM loose2 WHERE v = 'b';" 'UPDATE loose2 SET n = n - 10;' "INSERT INTO loose2 VALUES ('c', 13)"
json '.conflicts | length' 1
expect "SELECT v, n FROM loose2 ORDER BY 1, 2" $'a|1\na|1\nc|3'

case='without a key, somebody wrote, and the old rows are wanted'
there_and_back 'CREATE TABLE loose3 (v varchar(20), n integer);' "INSERT INTO loose3 VALUES ('a', 1), ('a', 1), ('b', 2)" \
    "UPDATE loose3 SET n = n + 10;" - "INSERT INTO loose3 VALUES ('c', 13)" --on-conflict restore
expect "SELECT v, n FROM loose3 ORDER BY 1, 2" $'a|1\na|1\nb|2'

case='a column is renamed'
there_and_back 'CREATE TABLE ren (id integer PRIMARY KEY, old varchar(20), o integer);' "INSERT INTO ren VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3), (4, 'd', 4)" \
    "UPDATE ren SET old = upper(old); ALTER TABLE ren RENAME COLUMN old TO fresh;" 'ALTER TABLE ren RENAME COLUMN fresh TO old; UPDATE ren SET old = lower(old);' \
    "UPDATE ren SET fresh = 'LATER' WHERE id = 2; UPDATE ren SET o = 33 WHERE id = 3; DELETE FROM ren WHERE id = 4; INSERT INTO ren VALUES (5, 'NEW', 5)"
expect 'SELECT id, old, o FROM ren ORDER BY id' $'1|a|1\n2|LATER|2\n3|c|33\n5|new|5'

case='a table is renamed'
there_and_back 'CREATE TABLE was (id integer PRIMARY KEY, v varchar(20));' "INSERT INTO was VALUES (1, 'a'), (2, 'b'), (3, 'c')" \
    'UPDATE was SET v = upper(v); ALTER TABLE was RENAME TO becomes;' 'ALTER TABLE becomes RENAME TO was;' \
    "UPDATE becomes SET v = 'later' WHERE id = 2; DELETE FROM becomes WHERE id = 3; INSERT INTO becomes VALUES (4, 'new')"
expect 'SELECT id, v FROM was ORDER BY id' $'1|a\n2|later\n4|new'

case='counters never go back'
case $ENGINE in
pg) serial='integer GENERATED ALWAYS AS IDENTITY' ;;
mariadb) serial='integer AUTO_INCREMENT' ;;
sqlite) serial='integer' ;;
esac
auto=
[ "$ENGINE" != sqlite ] || auto=AUTOINCREMENT
there_and_back "CREATE TABLE counted (id $serial PRIMARY KEY $auto, v varchar(20));" "INSERT INTO counted (v) VALUES ('a'), ('b')" \
    "INSERT INTO counted (v) VALUES ('mig'), ('mig');" - "INSERT INTO counted (v) VALUES ('later'); DELETE FROM counted WHERE v = 'later'"
expect 'SELECT id, v FROM counted ORDER BY id' $'1|a\n2|b'
sql "INSERT INTO counted (v) VALUES ('next')"
expect "SELECT id FROM counted WHERE v = 'next'" 6

case='the counter of a table that was dropped'
there_and_back "CREATE TABLE counted2 (id $serial PRIMARY KEY $auto, v varchar(20));" "INSERT INTO counted2 (v) VALUES ('a'), ('b'), ('c')" \
    "DROP TABLE counted2;" "CREATE TABLE counted2 (id $serial PRIMARY KEY $auto, v varchar(20));" ''
sql "INSERT INTO counted2 (v) VALUES ('next')"
expect 'SELECT id, v FROM counted2 ORDER BY id' $'1|a\n2|b\n3|c\n4|next'

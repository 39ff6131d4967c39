# Columns get a narrower type and lose what does not fit. The way back has every untouched cell bit for bit, converts what was
# written since, and leaves rows deleted and inserted since deleted and inserted.
later_writes() {
    echo "UPDATE $1 SET v = $2 WHERE id = 3; DELETE FROM $1 WHERE id = 4; INSERT INTO $1 (id, v) VALUES (5, $3)"
}

case='bigint to integer'
case $ENGINE in
pg) up='ALTER TABLE big ALTER v TYPE integer USING (v % 1000000)::integer;' down='ALTER TABLE big ALTER v TYPE bigint;' ;;
mariadb) up='UPDATE big SET v = v % 1000000; ALTER TABLE big MODIFY v int;' down='ALTER TABLE big MODIFY v bigint;' ;;
sqlite) up='UPDATE big SET v = v % 1000000;' down=- ;;
esac
there_and_back 'CREATE TABLE big (id integer PRIMARY KEY, v bigint);' \
    'INSERT INTO big VALUES (1, 5000000000), (2, 7), (3, 6000000001), (4, 8000000000), (6, -9223372036854775807), (7, NULL)' \
    "$up" "$down" "$(later_writes big 33 55)"
expect "SELECT id, coalesce(v, 0) FROM big ORDER BY id" $'1|5000000000\n2|7\n3|33\n5|55\n6|-9223372036854775807\n7|0'
expect "SELECT count(*) FROM big WHERE v IS NULL" 1

case='text cut to five characters'
case $ENGINE in
pg) up='ALTER TABLE words ALTER v TYPE varchar(5) USING left(v, 5);' down='ALTER TABLE words ALTER v TYPE text;' ;;
mariadb) up='UPDATE words SET v = left(v, 5); ALTER TABLE words MODIFY v varchar(5);' down='ALTER TABLE words MODIFY v text;' ;;
sqlite) up='UPDATE words SET v = substr(v, 1, 5);' down=- ;;
esac
there_and_back 'CREATE TABLE words (id integer PRIMARY KEY, v text);' \
    "INSERT INTO words VALUES (1, 'longer than five'), (2, 'ok'), (3, 'also too long'), (4, 'goes away'), (6, ''), (7, 'größer ist es')" \
    "$up" "$down" "$(later_writes words "'new'" "'five'"); UPDATE words SET v = 'longe' WHERE id = 1"
expect "SELECT id, v FROM words ORDER BY id" $'1|longer than five\n2|ok\n3|new\n5|five\n6|\n7|größer ist es'

case='fewer digits behind the point'
case $ENGINE in
pg) up='ALTER TABLE price ALTER v TYPE numeric(8,1);' down='ALTER TABLE price ALTER v TYPE numeric(12,4);' ;;
mariadb) up='ALTER TABLE price MODIFY v numeric(8,1);' down='ALTER TABLE price MODIFY v numeric(12,4);' ;;
sqlite) up='UPDATE price SET v = round(v, 1);' down=- ;;
esac
there_and_back 'CREATE TABLE price (id integer PRIMARY KEY, v numeric(12,4));' \
    'INSERT INTO price VALUES (1, 10.1234), (2, 5.5), (3, 7.7777), (4, 1.2345), (6, -0.0625)' \
    "$up" "$down" "$(later_writes price 8.5 9.5)"
case $ENGINE in
sqlite) expect 'SELECT id, v FROM price ORDER BY id' $'1|10.1234\n2|5.5\n3|8.5\n5|9.5\n6|-0.0625' ;;
*) expect 'SELECT id, v FROM price ORDER BY id' $'1|10.1234\n2|5.5000\n3|8.5000\n5|9.5000\n6|-0.0625' ;;
esac

case='a time loses its hours'
case $ENGINE in
pg) wide="timestamptz" up="ALTER TABLE seen ALTER v TYPE date USING (v AT TIME ZONE 'UTC')::date;"
    down="ALTER TABLE seen ALTER v TYPE timestamptz USING v::timestamp AT TIME ZONE 'UTC';" read="v AT TIME ZONE 'UTC'" ;;
mariadb) wide='datetime(6)' up='ALTER TABLE seen MODIFY v date;' down='ALTER TABLE seen MODIFY v datetime(6);' read=v ;;
sqlite) wide=text up="UPDATE seen SET v = date(v);" down="UPDATE seen SET v = v || ' 00:00:00' WHERE length(v) = 10;" read=v ;;
esac
there_and_back "CREATE TABLE seen (id integer PRIMARY KEY, v $wide);" \
    "INSERT INTO seen VALUES (1, '2024-05-06 07:08:09'), (2, '2024-02-29 23:59:59'), (3, '2024-01-01 12:00:00'), (4, '2024-01-02 12:00:00')" \
    "$up" "$down" "$(later_writes seen "'2025-03-03'" "'2025-05-05'")"
frac=
[ "$ENGINE" != mariadb ] || frac=.000000
expect "SELECT id, $read FROM seen ORDER BY id" "1|2024-05-06 07:08:09$frac
2|2024-02-29 23:59:59$frac
3|$([ "$ENGINE" = sqlite ] && echo 2025-03-03 || echo "2025-03-03 00:00:00$frac")
5|2025-05-05 00:00:00$frac"

case='NULL becomes a value and is forbidden'
case $ENGINE in
pg) up="UPDATE opt SET v = 'none' WHERE v IS NULL; ALTER TABLE opt ALTER v SET NOT NULL;" down='ALTER TABLE opt ALTER v DROP NOT NULL;' ;;
mariadb) up="UPDATE opt SET v = 'none' WHERE v IS NULL; ALTER TABLE opt MODIFY v varchar(9) NOT NULL;" down='ALTER TABLE opt MODIFY v varchar(9);' ;;
sqlite) up="UPDATE opt SET v = 'none' WHERE v IS NULL;" down=- ;;
esac
there_and_back 'CREATE TABLE opt (id integer PRIMARY KEY, v varchar(9));' \
    "INSERT INTO opt VALUES (1, NULL), (2, 'none'), (3, NULL), (4, NULL)" "$up" "$down" "$(later_writes opt "'some'" "'x'")"
expect "SELECT id, coalesce(v, '(null)') FROM opt ORDER BY id" $'1|(null)\n2|none\n3|some\n5|x'

case='an enum loses a value'
case $ENGINE in
pg)
    schema="CREATE TYPE hue AS ENUM ('red', 'green', 'blue'); CREATE TABLE paint (id integer PRIMARY KEY, v hue);"
    up="CREATE TYPE hue2 AS ENUM ('blue', 'red');
ALTER TABLE paint ALTER v TYPE hue2 USING (CASE WHEN v = 'green' THEN 'blue' ELSE v::text END)::hue2; DROP TYPE hue;"
    down="CREATE TYPE hue AS ENUM ('red', 'green', 'blue'); ALTER TABLE paint ALTER v TYPE hue USING v::text::hue; DROP TYPE hue2;"
    ;;
mariadb)
    schema="CREATE TABLE paint (id integer PRIMARY KEY, v enum('red', 'green', 'blue'));"
    up="UPDATE paint SET v = 'blue' WHERE v = 'green'; ALTER TABLE paint MODIFY v enum('blue', 'red');"
    down="ALTER TABLE paint MODIFY v enum('red', 'green', 'blue');"
    ;;
sqlite)
    schema="CREATE TABLE paint (id integer PRIMARY KEY, v text CHECK (v IN ('red', 'green', 'blue')));"
    up="UPDATE paint SET v = 'blue' WHERE v = 'green';" down=-
    ;;
esac
there_and_back "$schema" "INSERT INTO paint VALUES (1, 'green'), (2, 'blue'), (3, 'green'), (4, 'green'), (6, 'red')" "$up" "$down" \
    "$(later_writes paint "'red'" "'blue'")"
expect "SELECT id, v FROM paint ORDER BY id" $'1|green\n2|blue\n3|red\n5|blue\n6|red'

case='a word becomes a truth value'
case $ENGINE in
pg) up="ALTER TABLE flag ALTER v TYPE boolean USING v = 'yes';" down="ALTER TABLE flag ALTER v TYPE varchar(9) USING CASE WHEN v THEN 'yes' ELSE 'no' END;" ;;
mariadb) up="UPDATE flag SET v = if(v = 'yes', '1', '0'); ALTER TABLE flag MODIFY v tinyint;"
    down="ALTER TABLE flag MODIFY v varchar(9); UPDATE flag SET v = if(v = '1', 'yes', 'no');" ;;
sqlite) up="UPDATE flag SET v = v = 'yes';" down="UPDATE flag SET v = CASE WHEN v THEN 'yes' ELSE 'no' END;" ;;
esac
case $ENGINE in pg) true=true ;; *) true=1 ;; esac
there_and_back 'CREATE TABLE flag (id integer PRIMARY KEY, v varchar(9));' \
    "INSERT INTO flag VALUES (1, 'perhaps'), (2, 'yes'), (3, 'never'), (4, 'no'), (6, 'YES')" "$up" "$down" "$(later_writes flag $true $true)"
third=yes
[ "$ENGINE" != sqlite ] || third=1 # the type is the same: what was written since stays as it is
expect "SELECT id, v FROM flag ORDER BY id" $'1|perhaps\n2|yes\n3|'"$third"$'\n5|yes\n6|YES'

case='generated columns follow what comes back'
case $ENGINE in
sqlite) kind=VIRTUAL ;;
*) kind=STORED ;;
esac
there_and_back "CREATE TABLE line (id integer PRIMARY KEY, price integer, n integer, total integer GENERATED ALWAYS AS (price * n) $kind);" \
    'INSERT INTO line (id, price, n) VALUES (1, 10, 2), (2, 20, 3), (3, 30, 4)' 'UPDATE line SET price = price + 5;' \
    'UPDATE line SET price = price - 5;' 'UPDATE line SET n = 10 WHERE id = 2; UPDATE line SET price = 1 WHERE id = 3'
expect 'SELECT id, price, n, total FROM line ORDER BY id' $'1|10|2|20\n2|20|10|200\n3|1|4|4'

case='a generated column goes and is made again'
[ "$ENGINE" = pg ] || kind=VIRTUAL
there_and_back "CREATE TABLE area (id integer PRIMARY KEY, w integer, h integer, a integer GENERATED ALWAYS AS (w * h) $kind);" \
    'INSERT INTO area (id, w, h) VALUES (1, 2, 3), (2, 4, 5)' 'ALTER TABLE area DROP COLUMN a; UPDATE area SET w = 1;' \
    "ALTER TABLE area ADD COLUMN a integer GENERATED ALWAYS AS (w * h) $kind;" 'UPDATE area SET h = 7 WHERE id = 2'
expect 'SELECT id, w, h, a FROM area ORDER BY id' $'1|2|3|6\n2|4|7|28'

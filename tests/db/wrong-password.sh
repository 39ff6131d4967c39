# engines: pg mariadb
migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);' 'DROP TABLE a;'
case $ENGINE in
pg)
    sql "DO \$\$ BEGIN CREATE ROLE locked LOGIN PASSWORD 'open-sesame'; EXCEPTION WHEN duplicate_object THEN NULL; END \$\$"
    URL=${URL/postgres@/locked:not-this-one@}
    ;;
mariadb)
    sql "CREATE USER IF NOT EXISTS locked IDENTIFIED BY 'open-sesame'"
    URL=${URL/root@/locked:not-this-one@}
    ;;
esac
run 8 up
never_says not-this-one
run 8 status --json
never_shows not-this-one
json .error.code connect

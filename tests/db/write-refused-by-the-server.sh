# engines: pg mariadb
# A role that may only read: nothing is half done, and the message says who refused.
migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);' 'DROP TABLE a;'
case $ENGINE in
pg)
    sql "DO \$\$ BEGIN CREATE ROLE reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END \$\$"
    URL=${URL/postgres@/reader@}
    ;;
mariadb)
    sql "CREATE USER IF NOT EXISTS reader_$DATABASE"
    sql "GRANT SELECT ON $DATABASE.* TO reader_$DATABASE"
    URL=${URL/root@/reader_$DATABASE@}
    ;;
esac
run 0 status
run 4 up
expect_tables ''

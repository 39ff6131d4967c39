# Restored rows are not new rows: no trigger of the user's sees them. Where triggers cannot be switched off, they stand
# aside meanwhile.
sql "create table a (id integer primary key, x varchar(40))"
sql "create table log (n integer)"
sql "insert into a values (1, 'one')"
run 0 snapshot take --tables a
sql "delete from a"
case $ENGINE in
sqlite) sql "create trigger t after insert on a begin insert into log values (new.id); end" ;;
pg) sql "create function f() returns trigger language plpgsql as \$\$ begin insert into log values (new.id); return new; end \$\$; create trigger t before insert on a for each row execute function f()" ;;
mariadb) sql "create trigger t before insert on a for each row insert into log values (new.id)" ;;
esac
run 0 snapshot restore last --tables a
expect "select count(*) from a" 1
expect "select count(*) from log" 0
sql "insert into a values (2, 'two')"
expect "select count(*) from log" 1

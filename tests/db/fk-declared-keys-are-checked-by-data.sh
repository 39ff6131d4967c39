# Foreign keys that the database takes for true are looked at row by row: unvalidated, loaded with checks off, composite,
# referring to their own table.
unchecked() {
    case $ENGINE in
    sqlite) sql "pragma foreign_keys = off; $1" ;;
    pg) sql "set session_replication_role = replica; $1" ;;
    mariadb) sql "set foreign_key_checks = 0; $1" ;;
    esac
}
orphans() { json '[.keys[] | "\(.child | sub("public\\.";"")) \(.checked) \(.orphans)"] | sort | join("; ")' "$1"; }

sql "create table region (country char(2) not null, code integer not null, primary key (country, code))"
run 0 fk --json
json . '{"orphans":0,"keys":[]}'

sql "create table person (id integer primary key, boss integer, country char(2), code integer, \
     constraint person_boss foreign key (boss) references person (id), \
     constraint person_region foreign key (country, code) references region (country, code))"
sql "insert into region values ('de', 1), ('at', 1)"
sql "insert into person values (1, null, 'de', 1), (2, 1, 'at', 1), (3, 1, null, null)"
run 0 fk --json
json .orphans 0
orphans 'person(boss) 2 0; person(country, code) 2 0'

unchecked "insert into person values (4, 77, 'de', 9), (5, 77, 'fr', null), (6, 78, 'fr', 1), (7, 7, 'de', 1)"
run 1 fk --json
json .orphans 5
orphans 'person(boss) 6 3; person(country, code) 5 2'
# values of rows stay where they are unless they are asked for
json '[.keys[] | select(.name | test("boss")) | .sample[] | "\(.key) \(.rows)"] | join(" ")' 'null 2 null 1'
run 1 fk --json --show-values --limit 1
json '[.keys[] | select(.name | test("boss")) | .sample[] | "\(.key[0]) \(.rows)"] | join(" ")' '77 2'
run 1 fk
never_shows 77
says '--show-values'
run 1 fk --show-values
shows '(77): 2 rows'
shows '(fr, 1): 1 row'
run 0 fk --tables region
run 2 fk --tables nosuch
says nosuch

# a key between two columns that nobody declared
run 1 fk --json --vfk 'child=region(code) parent=person(id) name=odd'
json '.keys[] | select(.virtual) | [.name, .checked, .orphans]' '["odd",2,0]'
sql "insert into region values ('it', 55)"
run 1 fk --json --vfk 'child=region(code) parent=person(id) name=odd'
json '.keys[] | select(.virtual) | [.name, .checked, .orphans]' '["odd",3,1]'
run 2 fk --vfk 'child=region(cod) parent=person(id)'
says "did you mean 'code'"
run 2 fk --vfk 'child=region parent=person(id)'
run 2 fk --vfk 'child=region(code, country) parent=person(id)'

# MATCH FULL: a key that is NULL in part refers to nothing
run 1 fk --json --vfk 'child=person(country, code) parent=region(country, code) match=full'
json '.keys[] | select(.virtual) | [.checked, .orphans]' '[6,3]'

case $ENGINE in
pg)
    sql "create table big (id integer, part integer, primary key (id, part)) partition by list (part);
         create table big_1 partition of big for values in (1); create table big_2 partition of big default;
         create table leaf (id integer, part integer, note text);
         insert into big values (1, 1), (2, 2);
         insert into leaf values (1, 1), (2, 2), (3, null), (null, null);
         alter table leaf add constraint leaf_big foreign key (id, part) references big match full not valid;
         create table leaf_more () inherits (leaf); insert into leaf_more values (99, 99)"
    run 1 fk --json --tables leaf
    json '.keys[] | [.validated, .checked, .orphans]' '[false,3,1]'
    run 1 fk --tables leaf
    shows 'declared NOT VALID'
    # compared by the key's own operator, which no search path of ours has
    if rows "create extension citext" >/dev/null 2>&1; then
        sql "create table word (w citext primary key); create table use_of (w citext references word);
             insert into word values ('Abc'); insert into use_of values ('aBC'), ('ABC')"
        run 0 fk --tables use_of --json
        json '.keys[0] | [.checked, .orphans]' '[2,0]'
    fi
    ;;
sqlite)
    sql "pragma foreign_keys = off; drop table region"
    run 1 fk
    shows 'the parent is not there'
    ;;
mariadb)
    unchecked "drop table region"
    run 1 fk
    shows 'the parent is not there'
    ;;
esac

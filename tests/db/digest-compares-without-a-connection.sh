# Two teams exchange files, or one file: the keys that differ come out, and no values go in.
insert() { # FROM TO
    case $ENGINE in
    sqlite) sql "with recursive n (i) as (select $1 union all select i + 1 from n where i < $2) insert into item select i, 'name ' || i, i * 0.25 from n" ;;
    pg) sql "insert into item select i, 'name ' || i, i * 0.25 from generate_series($1, $2) i" ;;
    mariadb) sql "insert into item select seq, concat('name ', seq), seq * 0.25 from seq_$1_to_$2" ;;
    esac
}
two() { # EXIT ARGS...: rollcall with no --db
    local want=$1 got=0
    shift
    rollcall "$@" >out 2>err </dev/null || got=$?
    [ "$got" = "$want" ] || fail "rollcall $*: exit $got, expected $want"
}
counts() { json '[.tables[] | "\(.table | sub("public\\."; "")) \(.missing) \(.extra) \(.different)"] | join("; ")' "$1"; }

sql "create table item (id integer primary key, name varchar(40), price decimal(12,2))"
sql "create table bag (word varchar(10))"
insert 1 3000
sql "insert into bag values ('a'), ('a'), ('b')"
head -c 32 /dev/urandom >salt
two 0 digest "$URL" --out before.digest
[ "$(stat -c %a before.digest)" = 600 ] || fail 'others can read the file'
[ "$(stat -c %s before.digest)" -lt 8388609 ] || fail 'the file is too large'
! grep -qF 'name 1234' before.digest || fail 'there is a value in the file'
two 0 digest "$URL" --out salted.digest --salt salt --json
json '.tables[] | select(.rows == 3000) | [.columns[] | "\(.name) \(.kind) \(.key)"] | join(", ")' \
    'id number true, name text false, price number false'
two 0 compare before.digest before.digest
two 0 compare before.digest "$URL"

sql "update item set name = 'other' where id in (10, 20, 30)"
sql "update item set price = null where id = 40"
sql "delete from item where id = 2000"
insert 3001 3002
sql "insert into bag values ('a'), ('c')"
two 0 digest "$URL" --out after.digest
two 1 compare before.digest after.digest --json
counts 'bag 0 2 0; item 1 2 4'
json '[.tables[].keys[].key[]? | select(type == "string") | startswith("hash:")] | all' true
two 1 compare after.digest before.digest --json
counts 'bag 2 0 0; item 2 1 4'

# with a database at hand the hashes become keys
two 1 compare before.digest "$URL" --json
counts 'bag 0 2 0; item 1 2 4'
json '[.tables[] | select(.different > 0) | .keys[] | select(.kind != "missing") | .key[0]] | sort | map(tostring) | join(" ")' '10 20 30 40 3001 3002'
two 1 compare salted.digest "$URL" --salt salt --json --tables item
counts 'item 1 2 4'
json '[.tables[].keys[] | select(.kind == "extra") | .key[0]] | sort | map(tostring) | join(" ")' '3001 3002'

# one salt, or none, on both sides
two 2 compare salted.digest after.digest
says 'salt'
two 2 compare salted.digest "$URL"
says '--salt FILE'
head -c 32 /dev/urandom >other; echo abc >short
two 2 compare salted.digest "$URL" --salt other
two 2 digest "$URL" --out x.digest --salt short
[ ! -e x.digest ] || fail 'a file was written in spite of the error'
two 2 digest "$URL"
says '--out FILE'
two 2 compare before.digest "$URL" --tables nosuch

# damage is found, and a signature shows who made it
head -c 5000 before.digest >cut.digest
two 9 compare cut.digest after.digest
cp before.digest bent.digest
printf 'X' | dd of=bent.digest bs=1 seek=4000 conv=notrunc status=none
two 9 compare after.digest bent.digest
echo 'not one' >other.digest
two 9 compare other.digest "$URL"
two 2 compare "$URL" "$URL" --salt salt
two 0 keygen --no-passphrase ann.key
two 0 digest "$URL" --out signed.digest --key ann.key
two 0 compare signed.digest "$URL" --signed-by ann.pub
two 9 compare after.digest "$URL" --signed-by ann.pub
says 'has no signature'
cp signed.digest.minisig after.digest.minisig
two 9 compare before.digest after.digest --signed-by ann.pub
cp before.digest signed.digest
two 9 compare signed.digest "$URL" --signed-by "$(tail -1 ann.pub)"
says 'does not fit'

# other columns than the file's
sql "alter table item drop column price"
two 2 compare before.digest "$URL"
says "has no column 'price'"
two 0 digest "$URL" --out narrow.digest
two 2 compare before.digest narrow.digest
says '--like'
two 0 digest "$URL" --out bag.digest --tables bag
two 1 compare before.digest bag.digest --json
json '[.tables[] | select(.right == null) | .table | sub("public\\."; "")] | join(" ")' item

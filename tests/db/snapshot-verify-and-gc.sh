# A flipped byte is found, is shown in the list, and such a file is never restored.
sql "create table a (id integer primary key, x varchar(40))"
sql "insert into a values (1, 'one'), (2, 'two')"
run 0 snapshot take --json
id=$(jq -r .id out)
file=$(echo .rollcall/snapshots/"$id"/*.snap)
[ -f "$file" ] || fail "no file: $file"
[ "$(stat -c %a "$file")" = 600 ] || fail "others may read $file"
zstd -qt --format=zstd "$file" || fail 'zstd does not accept the file'
cp "$file" whole
size=$(stat -c %s "$file")
for at in 12 $((size / 2)) $((size - 30)); do
    cp whole "$file"
    byte=$(od -An -tu1 -j "$at" -N 1 "$file" | tr -d ' ')
    printf '%b' "$(printf '\\0%03o' $((byte ^ 1)))" | dd of="$file" bs=1 seek="$at" conv=notrunc status=none
    run 9 snapshot verify "$id"
    shows DAMAGED
    run 0 snapshot list --json
    json '.snapshots[0].verified' false
    sql "delete from a"
    run 9 snapshot restore "$id"
    expect "select count(*) from a" 0
done
cp whole "$file"
run 0 snapshot verify
run 0 snapshot list --json
json '.snapshots[0].verified' true
run 0 snapshot restore "$id"
expect "select count(*) from a" 2
rm "$file"
run 9 snapshot verify "$id"
cp whole "$file"
printf x >>.rollcall/snapshots/"$id"/manifest
run 9 snapshot verify "$id"
run 2 snapshot verify nosuch

# gc leaves the newest
rm -r .rollcall/snapshots
for _ in 1 2 3; do run 0 snapshot take; done
run 0 snapshot gc --keep 2 --dry-run
shows 'would remove'
run 0 snapshot list --json
json '.snapshots | length' 3
newest=$(jq -r '[.snapshots[].id] | max' out)
run 0 snapshot gc --keep 1 --json
json '.removed | length' 2
run 0 snapshot list --json
json '.snapshots[].id' "$newest"

# What a small migration saved is in the registry, too: a file that a crash of the machine tore is written anew from there.
# engines: sqlite pg mariadb
migration 0001_orders "CREATE TABLE orders (id INTEGER PRIMARY KEY, note VARCHAR(40)); INSERT INTO orders VALUES (1, ' a'), (2, 'B  b');" \
    'DROP TABLE orders;'
migration 0002_upper "UPDATE orders SET note = upper(note);" "UPDATE orders SET note = lower(note);"
run 0 up
for damage in ':>' 'head -c 300 /dev/zero >' 'rm -f'; do
    expect 'SELECT note FROM orders ORDER BY id' ' A
B  B'
    n=0
    for file in .rollcall/snapshots/*/*.snap; do
        eval "$damage '$file'"
        n=$((n + 1))
    done
    [ "$n" -gt 0 ] || fail 'nothing was saved'
    run 0 rollback --reason test
    expect 'SELECT note FROM orders ORDER BY id' ' a
B  b'
    run 0 up
done

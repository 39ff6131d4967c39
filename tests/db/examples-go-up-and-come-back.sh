case $ENGINE in pg) folder=postgres ;; *) folder=$ENGINE ;; esac
cp -r "$EXAMPLES/shop/$folder" m
run 0 lint
run 0 up
run 0 status --check
run 0 drift
sql "INSERT INTO product (sku, title, price_cents) VALUES ('tea', 'Tea', 350)"
sql "UPDATE product SET price_cents = 400 WHERE sku = 'tea'"
expect 'SELECT sku, price_cents FROM price_history' 'tea|350'
for _ in 1 2 3 4 5 6 7 8; do run 0 rollback; done
expect_tables ''
run 0 up
run 0 status --check

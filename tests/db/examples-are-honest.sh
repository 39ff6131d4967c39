case $ENGINE in pg) folder=postgres ;; *) folder=$ENGINE ;; esac
cp -r "$EXAMPLES/shop/$folder" m
run 0 drill --json
json .failed 0
json .dishonest 0
json '.migrations | length' 8
json '[.migrations[].restores] | all' true
expect_tables ''

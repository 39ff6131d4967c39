# The keys that scripts outside rely on.
migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);' 'DROP TABLE a;'
migration 0002_b 'CREATE TABLE b (id integer PRIMARY KEY);' 'DROP TABLE b;'
keys() { json "$1 | keys_unsorted | map(select(. as \$k | \"$2\" | split(\" \") | index(\$k))) | length" "$(wc -w <<<"$2")"; }
run 0 plan up --json
keys . 'digest direction steps fates forecast_ms'
run 0 up --steps 1 --json
keys . 'op service from to outcome duration_ms steps fates verify freeze'
keys '.steps[0]' 'version name direction class statements ms saved'
keys .verify 'schema data orphans differences'
run 0 status --json
keys '.services[0]' 'service engine current applied pending drift frozen interrupted'
keys '.services[0].applied[0]' 'version name applied_at class drift'
keys '.services[0].pending[0]' 'version name'
run 0 rollback --json
keys . 'op service from to outcome duration_ms steps fates verify freeze'
run 0 lint --json
keys . 'findings classes'
keys '.classes[0]' 'version declared derived'
run 0 drill --json
keys . 'migrations walk honest dishonest failed'
keys '.migrations[0]' 'version name verdict restores rows reup residue partial error'

# A signed checkpoint is held against the chain: one that was written anew, with every hash right and the unsigned checkpoints
# moved along, does not fit it.
# engines: sqlite pg mariadb
case $ENGINE in pg) p=rollcall. ;; *) p=rollcall_ ;; esac
migration 0001_a 'CREATE TABLE a (id integer PRIMARY KEY);' 'DROP TABLE a;'
rollcall keygen ann.key --no-passphrase --quiet >/dev/null || fail keygen
rollcall keygen eve.key --no-passphrase --quiet >/dev/null || fail keygen
printf '[signer "ann"]\nkey = %s\nroles = dba\n' "$(sed -n 2p ann.pub)" >rollcall.ini
export ROLLCALL_CONFIG=rollcall.ini
run 2 registry checkpoint
run 0 up
run 2 registry checkpoint
says 'needs your secret key'
run 0 registry checkpoint --key ann.key --json
json .signer ann
file=$(jq -r .file out)
if command -v minisign >/dev/null; then
    minisign -V -p ann.pub -m "$file" -x "$file.minisig" >log 2>&1 || fail "minisign: $(cat log)"
fi
run 0 registry verify --json
json '[.ok, .marks]' '[true,2]'
run 0 registry verify --expect "$file"
run 0 rollback
run 0 registry verify --expect "$file"
run 0 registry checkpoint --key eve.key --out elsewhere
says 'will not trust it'
run 0 registry verify
run 9 registry verify --expect elsewhere
says 'is not that of a signer'
run 0 registry checkpoint --key ann.key --out elsewhere
run 0 registry verify
sed 's/^records .*/records 2/' "$file" >changed
cp "$file.minisig" changed.minisig
run 9 registry verify --expect changed
says 'the signature of changed is not that of a signer over it'
run 2 registry verify --expect nowhere

# the chain cut, and everything unsigned made to fit
sql "DELETE FROM ${p}record WHERE seq > 2"
case $ENGINE in mariadb) mark="concat(seq, ' ', hash)" ;; *) mark="seq || ' ' || hash" ;; esac
sql "UPDATE ${p}meta SET value = (SELECT $mark FROM ${p}record WHERE seq = 2) WHERE item = 'checkpoint'"
rm .rollcall/checkpoints
run 9 registry verify
shows 'the signed checkpoint in the database, signed by ann'
run 9 registry checkpoint --key ann.key
says 'is not signed'

# Debian's minisign verifies our signatures, opens our keys, and signs plans that we accept; and the other way round.
# engines: sqlite
if ! command -v minisign >/dev/null; then
    [ "${CI:-}" != true ] || fail 'minisign is not installed'
    skip 'no minisign here'
fi
migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY);' 'DROP TABLE a;'
run 0 up
run 0 plan rollback --out p.json
digest=$(jq -r .digest p.json)

# our key, encrypted and not: minisign takes it
rollcall keygen plain.key --no-passphrase >out || fail keygen
[ "$(stat -c %a plain.key)" = 600 ] || fail 'mode of the secret key'
ROLLCALL_PASSPHRASE='open sesame' rollcall keygen sealed.key >out || fail 'keygen with a passphrase'
echo 'action' >message
minisign -S -s plain.key -m message -x a.sig </dev/null >log 2>&1 || fail "minisign with our key: $(cat log)"
minisign -V -p plain.pub -m message -x a.sig >log 2>&1 || fail "minisign -V: $(cat log)"
echo 'open sesame' | minisign -S -s sealed.key -m message -x b.sig >log 2>&1 || fail "minisign with our encrypted key: $(cat log)"
minisign -V -p sealed.pub -m message -x b.sig >log 2>&1 || fail "minisign -V: $(cat log)"

# our signature: minisign verifies it, and shows what it is for
ROLLCALL_PASSPHRASE='open sesame' rollcall approve p.json --key sealed.key >out 2>err || fail approve
minisign -V -p sealed.pub -m p.json -x p.json.*.minisig >log 2>&1 || fail "minisign -V of ours: $(cat log)"
grep -q "action=rollback plan=$digest" log || fail 'the trusted comment is not shown'
ROLLCALL_PASSPHRASE='wrong' rollcall approve p.json --key sealed.key >out 2>err && fail 'a wrong passphrase was taken'
says 'the passphrase is wrong'
rollcall approve p.json --key sealed.key </dev/null >out 2>err && fail 'no passphrase was taken'
chmod 644 plain.key
rollcall approve p.json --key plain.key >out 2>err && fail 'an open secret key was taken'
says 'chmod 600'
rm ./*.minisig

# minisign's key and signature: ours reads them
minisign -G -W -p ms.pub -s ms.key >log 2>&1 || fail "minisign -G: $(cat log)"
printf '[policy]\napprovals = 1\n[signer "ann"]\nkey = %s\nroles = dba\n' "$(sed -n 2p ms.pub)" >rollcall.ini
export ROLLCALL_CONFIG=rollcall.ini
minisign -S -s ms.key -m p.json -x p.json.ann.minisig -t 'I like it' </dev/null >log 2>&1 || fail "minisign -S: $(cat log)"
run 3 rollback --plan p.json
says 'it says nothing of an action'
minisign -S -s ms.key -m p.json -x p.json.ann.minisig -t "rollcall action=up plan=$digest role=dba" </dev/null >log 2>&1
run 3 rollback --plan p.json
says "it is for the action 'up', not 'rollback'"
minisign -S -l -s ms.key -m p.json -x p.json.ann.minisig -t "rollcall action=rollback plan=$digest role=dba" </dev/null >log 2>&1
run 0 approve --verify p.json
minisign -S -s ms.key -m p.json -x p.json.ann.minisig -t "rollcall action=rollback plan=$digest role=dba" </dev/null >log 2>&1
run 0 approve --verify p.json
# and an encrypted one of its making
printf 'hush\nhush\n' | minisign -G -p e.pub -s e.key >log 2>&1 || fail "minisign -G: $(cat log)"
chmod 600 ms.key
rollcall approve p.json --key ms.key >out 2>err || fail "approve with minisign's key: $(cat err)"
minisign -V -p ms.pub -m p.json -x p.json.ann.minisig >log 2>&1 || fail "minisign -V: $(cat log)"
ROLLCALL_PASSPHRASE=hush rollcall approve p.json --key e.key >out 2>err || fail "approve with minisign's encrypted key: $(cat err)"
run 0 rollback --plan p.json
expect_tables ''

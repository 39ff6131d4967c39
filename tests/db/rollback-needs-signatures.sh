# A rollback whose policy asks for two signatures in certain roles refuses until they are there, says what is missing, and
# runs the plan that was signed and no other.
# engines: sqlite pg mariadb
migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY);' 'DROP TABLE a;'
migration 0002_b 'CREATE TABLE b (id INTEGER PRIMARY KEY);' 'DROP TABLE b;'
for who in ann bob eve max; do rollcall keygen "$who.key" --no-passphrase --quiet >/dev/null || fail "keygen $who"; done
{
    printf '[policy]\napprovals = 2\napproval_roles = dba, owner\napproval_age = 2d\n'
    for who in ann:dba bob:owner max:dba,owner; do
        printf '[signer "%s"]\nkey = %s\nroles = %s\n' "${who%:*}" "$(sed -n 2p "${who%:*}.pub")" "${who#*:}"
    done
} >rollcall.ini
export ROLLCALL_CONFIG=rollcall.ini ROLLCALL_AUTHOR=max
run 0 up
run 3 rollback
says 'needs an approved plan'
run 0 plan rollback --out p.json
grep -v forecast p.json >first
run 0 plan rollback --out p.json
grep -v forecast p.json >second
cmp first second || fail 'the same plan twice gave other bytes'
rm first second

approve() { rollcall approve "$@" >out 2>err </dev/null || fail "approve $*"; }
run 3 rollback --plan p.json
says "missing 2 of 2 signatures, one as 'dba', one as 'owner'"
approve p.json --key ann.key
run 3 rollback --plan p.json
says "missing 1 of 2 signatures, one as 'owner'"
# twice the same person is one person
cp p.json.ann.minisig p.json.ann2.minisig
run 3 rollback --plan p.json
says 'its signer has signed already'
rm p.json.ann2.minisig
# the author, somebody nobody knows, and a role one does not have
approve p.json --key max.key --role owner
says 'the signature will not count'
approve p.json --key eve.key
says 'no [signer]'
run 3 approve p.json --key ann.key --role owner
run 3 rollback --plan p.json
says "its signer is the plan's author"
says 'no [signer] has that key'
run 3 approve --verify p.json --json
json .ok false
json '.signatures | map(.counts) | sort' '[false,false,true]'
rm p.json.max.minisig p.json.*[0-9A-F].minisig
# a signature that has run out
ROLLCALL_NOW=$((($(date +%s) - 7200) * 1000000)) approve p.json --key bob.key --expires 1h
run 3 rollback --plan p.json
says 'it has expired'
ROLLCALL_NOW=$((($(date +%s) - 3 * 86400) * 1000000)) approve p.json --key bob.key --expires 90d
run 3 rollback --plan p.json
says 'older than the policy allows'
# for another action
run 0 rollback --plan p.json --dry-run
approve p.json --key bob.key
run 0 approve --verify p.json
shows 'approved'

# the world moves: the plan serves no more; and back again, it does
migration 0003_c 'CREATE TABLE c (id INTEGER PRIMARY KEY);' 'DROP TABLE c;'
run 0 up
run 3 rollback --plan p.json
says 'it would be another plan now'
run 0 plan rollback --out c.json
approve c.json --key ann.key
approve c.json --key bob.key
# a signature for one plan serves no other
cp c.json.bob.minisig saved
cp p.json.bob.minisig c.json.bob.minisig
run 3 rollback --plan c.json
says 'the plan or the signature was changed'
cp saved c.json.bob.minisig
sql 'CREATE TABLE meanwhile (id INTEGER PRIMARY KEY)'
run 3 rollback --plan c.json
says 'the schema is another one'
sql 'DROP TABLE meanwhile'
run 0 rollback --plan c.json
expect_tables 'a b'
# what was shown to the signers is what runs
sed 's/DROP TABLE b/DROP TABLE x/' p.json >forged.json
approve forged.json --key ann.key
approve forged.json --key bob.key
run 3 rollback --plan forged.json
says 'differs in its statements'
sed 's/0002_b/0002_x/' p.json >forged2.json
run 2 approve forged2.json --key ann.key
says 'the plan was changed'
echo '{}' >no.json
run 2 approve no.json --key ann.key
says 'it is not a plan'
run 0 rollback --plan p.json
expect_tables 'a'

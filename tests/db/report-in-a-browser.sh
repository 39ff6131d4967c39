# A report with everything in it, and with names that would do harm if anything let them, in a real browser: it asks the
# network for nothing, runs nothing, and can be printed.
# engines: sqlite
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$browser" ]; then
    [ "${CI:-}" != true ] || fail 'chromium is not installed'
    skip 'no chromium here'
fi
migration 0001_a 'CREATE TABLE a (id INTEGER PRIMARY KEY);' 'DROP TABLE a;'
run 0 up
run 0 rollback
op=$(sql "SELECT op FROM rollcall_operation WHERE kind = 'rollback'"; cat sql.log)
bad='<script>document.title=1</script><img src=http://canary.invalid/x onerror=document.title=2><a href=javascript:document.title=3>\u202e\u0007\u001b</td></svg>"'"''"
bad=${bad//\"/\\\"}
n=100
record() { # KIND BODY
    n=$((n + 1))
    sql "INSERT INTO rollcall_record VALUES ($n, '', '', (SELECT max(at_us) FROM rollcall_record) + 1000, '$op', '$1', '${2//NAME/$bad}')"
}
record approval '{"signer":"NAME","role":"NAME","key":"NAME"}'
record saved '{"migration":"NAME","tables":[{"table":"NAME","kind":"NAME","rows":5,"bytes":100}]}'
record freeze '{"proven":true,"ms":12,"point":"NAME","holes":["NAME","superusers"]}'
record down '{"migration":"NAME","class":"NAME","statements":2,"ms":3}'
record fates '{"tables":[{"table":"NAME","carried":900,"merged":30,"parked":20,"kept":1,"compensated":0,"lost":0,"conflicts":2},{"table":"b","carried":10}]}'
record conflict '{"table":"NAME","key_hash":"NAME","columns":["NAME"],"resolution":"NAME"}'
record rows '{"tables":[{"table":"NAME","before":100,"after":120,"now":140},{"table":"b","before":1,"after":1,"now":1}]}'
record verify '{"schema":"same","data":"same","orphans":2,"differences":[{"kind":"NAME","name":"NAME","change":"NAME"}]}'
record reconcile '{"checks":[{"name":"NAME","kind":"match","ok":false,"matched":5,"missing":1,"mismatch":3,"preexisting":4,"sample":["NAME"]},{"name":"NAME","kind":"vfk","ok":true}]}'
run 0 report "$op" --format html --show-values --out r.html
grep -q 'canary' r.html || fail 'the names are not in the report'
# What a browser makes of it: only elements that we wrote.
open() { # OPTION...
    timeout 120 "$browser" --headless --no-sandbox --disable-gpu --disable-background-networking --user-data-dir="$PWD/profile" \
        --log-net-log="$PWD/net.json" "$@" "file://$PWD/r.html" 2>browser.log
}
open --dump-dom >dom.html || fail "the browser: $(tail -3 browser.log)"
grep -q '<title>Report of the rollback' dom.html || fail 'the title was changed'
foreign=$(grep -oE '<[a-zA-Z0-9]+' dom.html | sort -u | grep -vxE '<(html|head|meta|title|style|body|main|h1|h2|p|div|table|caption|thead|tbody|tr|th|td|ul|li|figure|figcaption|svg|desc|defs|pattern|rect|path|text|circle)' || true)
[ -z "$foreign" ] || fail "the browser found elements that are not ours: $foreign"
! grep -qiE '<[^>]* (on[a-z]+|href|src)=' dom.html || fail 'the browser found an attribute that does something'
[ "$(grep -o '<svg ' dom.html | wc -l)" = 5 ] || fail 'there are not five figures'
! grep -qE '"(host|url)":"[^"]*canary' net.json || fail 'the browser was made to ask the network'
open --screenshot=r.png --window-size=1000,1400 >/dev/null || fail "the browser: $(tail -3 browser.log)"
[ "$(head -c 4 r.png | tail -c 3)" = PNG ] || fail 'no picture'
open --no-pdf-header-footer --print-to-pdf=r.pdf >/dev/null || fail "the browser: $(tail -3 browser.log)"
[ "$(head -c 4 r.pdf)" = '%PDF' ] || fail 'no PDF'
if command -v pdftotext >/dev/null; then
    pdftotext -layout r.pdf r.txt
    grep -q 'Fates of later writes' r.txt || fail 'the PDF lacks a section'
    [ "$(pdfinfo r.pdf | awk '/^Page size/ { print int($3 + 0.5) "x" int($5 + 0.5) }')" = 595x842 ] || fail 'the pages are not A4'
fi
if [ -n "${KEEP_REPORT:-}" ]; then cp r.html r.png r.pdf "$KEEP_REPORT"; fi

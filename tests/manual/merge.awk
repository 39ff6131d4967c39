# merge.awk OUTPUT DOCUMENT: the document again, with what its commands printed in place of what stood there.
function flush_output() {
    if (open) { printf "%s", out[k]; open = 0 }
}
FNR == NR {
    if (match($0, /@@[0-9]+@@$/)) {
        if (RSTART > 1) out[n] = out[n] substr($0, 1, RSTART - 1) "\n"
        n = substr($0, RSTART + 2, RLENGTH - 4)
    } else {
        out[n] = out[n] $0 "\n"
    }
    next
}
/^<!-- not run/ { skip = 1; print; next }
/^```console$/ { inside = !skip; skip = 0; print; next }
/^```/ { flush_output(); inside = 0; print; next }
/^<!-- generated: / { k++; open = inside = 1; print; next }
/^<!-- end -->$/ { flush_output(); inside = 0; print; next }
!inside { if ($0 != "" && $0 !~ /^<!--/) skip = 0; print; next }
/^\$ / { flush_output(); k++; open = 1; command = 1; print; next }
/^> / && command { print; next }
{ command = 0 }
END { flush_output() }

rollcall dev lint-rules >now
sed -n '/^<!-- begin lint rules/,/^<!-- end lint rules/p' "$(dirname "$0")/../../MANUAL.md" | grep -v '^<!--' >manual
diff manual now && echo same

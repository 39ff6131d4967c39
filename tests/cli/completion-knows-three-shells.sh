for shell in bash zsh fish; do
    rollcall completion $shell >"$shell.txt" && grep -c rollback "$shell.txt" >/dev/null && echo "$shell ok"
done
bash -n bash.txt && echo parses
rc rollcall completion tcsh

# Functions for the scripts of tests/cli. Every script begins in an empty folder.
# shellcheck shell=sh

# migration ID UP [DOWN]: writes m/ID.up.sql and, when given, m/ID.down.sql.
migration() {
    mkdir -p m
    printf '%s\n' "$2" >"m/$1.up.sql"
    if [ $# -gt 2 ]; then printf '%s\n' "$3" >"m/$1.down.sql"; fi
}

# rc COMMAND...: runs it and shows its exit code on stdout, so that a script can go on.
rc() {
    code=0
    "$@" || code=$?
    echo "exit $code"
}

# on COMMAND ARGS...: rollcall COMMAND over the SQLite database t.db and the folder m.
on() {
    verb=$1
    shift
    rollcall "$verb" --db sqlite:t.db --dir m "$@"
}

# tables: what stands in t.db, without the registry's.
tables() {
    sqlite3 t.db "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'rollcall_%' ORDER BY name"
}

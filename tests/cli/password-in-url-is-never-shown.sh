mkdir m
rc rollcall status --verbose --db postgres://ann:tulip-secret@127.0.0.1:1/x --dir m
rc rollcall status --verbose --db mysql://ann:tulip-secret@127.0.0.1:1/x --dir m --json

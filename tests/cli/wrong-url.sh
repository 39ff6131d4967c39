mkdir m
rc rollcall status --db mongodb://localhost/x --dir m
rc rollcall status --db t.db --dir m
rc rollcall status --db 'postgres://[bad/x' --dir m
rc rollcall status --db sqlite: --dir m
rc rollcall status --db env:NOT_SET --dir m

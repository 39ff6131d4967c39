rollcall --help

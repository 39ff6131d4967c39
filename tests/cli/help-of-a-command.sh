rollcall up --help

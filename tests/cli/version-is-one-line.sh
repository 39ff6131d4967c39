rollcall version
rollcall --version

rc rollcall

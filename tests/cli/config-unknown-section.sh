printf '[polcy]\nrto = 5m\n' >rollcall.ini
rc rollcall status

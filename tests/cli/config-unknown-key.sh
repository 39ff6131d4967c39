cat >rollcall.ini <<'INI'
[project]
name = shop

[service "orders"]
db = sqlite:t.db
dirr = m
INI
rc rollcall status

mkdir m
printf '[service "a"]\ndb = sqlite:a.db\ndir = m\n[service "b"]\ndb = sqlite:b.db\ndir = m\n' >rollcall.ini
rc rollcall status
rc rollcall up
rc rollcall up --service c
rc rollcall up --service a

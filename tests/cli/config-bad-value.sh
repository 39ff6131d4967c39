printf '[policy]\nlock_timeout = soon\n[service "a"]\ndb = sqlite:t.db\ndir = m\n' >rollcall.ini
rc rollcall status

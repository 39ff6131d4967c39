rc rollcall status
rc rollcall status --config nowhere.ini

rollcall init
find . -type f | sort
cat rollcall.ini
rc rollcall status
rc rollcall init

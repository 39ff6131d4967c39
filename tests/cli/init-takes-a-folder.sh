rollcall init shop
find . -type f | sort

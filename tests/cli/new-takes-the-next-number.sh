mkdir m
on new 'Add customer'
on new second
ls m
cat m/*
migration 0041_x 'SELECT 1;' 'SELECT 1;'
on new third
ls m

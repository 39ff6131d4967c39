rc on up
rc on status
ls

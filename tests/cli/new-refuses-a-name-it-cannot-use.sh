mkdir m
rc on new ''
rc on new '../x'
ls m

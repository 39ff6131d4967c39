create table t (a int default 9223372036854775807, b real default 1e-5, c real default .5)

create table t (a)

create table t (a int, b int, c int, primary key (b, a desc)) without rowid

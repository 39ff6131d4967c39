create table t (a int not null, b text, primary key (a)) strict, without rowid

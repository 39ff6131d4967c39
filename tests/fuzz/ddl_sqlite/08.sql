create table t (a int not null on conflict ignore unique on conflict fail, b int null)

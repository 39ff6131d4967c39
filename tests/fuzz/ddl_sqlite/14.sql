create table t (a int, b int, foreign key (a, b) references q (y, z) on delete set default on update no action not deferrable initially deferred, foreign key (b) references p)

create table t (a int references p, b int references p (x) on delete cascade on update set null, c int references q (y) match full deferrable initially deferred not null)

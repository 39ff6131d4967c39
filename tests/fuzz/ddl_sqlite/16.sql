create table t (a int, b int constraint c1 not null constraint c2 default 3 constraint c3 unique, constraint c4 primary key (a) constraint c5 unique (b, a) check (a > b) foreign key (a) references p)

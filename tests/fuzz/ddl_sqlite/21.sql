create table t (a int, b int primary key not null references p on delete no action)

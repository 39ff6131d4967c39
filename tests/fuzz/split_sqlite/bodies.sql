pragma foreign_keys = off;
create trigger g after insert on t when case new.a when 1 then 1 end begin update t set a = 1; select 'end;'; end;
create table [n;m] (id integer primary key, "end" text default ';', check (id > 0), foreign key (id) references p);
insert into n select * from t; drop table t; alter table n rename to t;
create unique index if not exists i on t (lower(a) desc) where a is not null;

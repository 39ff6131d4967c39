/* nested /* comment ' */ ; */ select 'a;b', e'a\';', "x;y", $t$ ; $$ ; $t$;
create function f() returns int language sql begin atomic select case when 1=1 then 2 else 3 end; end;
do $$ begin perform 'END;'; end $$;
copy t (a, b) from stdin;
1	\.x
\.
create index concurrently i on t (lower(a)) where a > 0;
alter table t add column c int not null default 0, drop column d, add constraint k foreign key (a) references p (id) not valid;

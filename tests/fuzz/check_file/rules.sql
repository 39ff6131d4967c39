-- rollcall: check=match key=a,b tolerance.c=0.5% rule.d=trim,nocase late=e grace=1m truth=right
-- rollcall: side=left service=x
select 1
-- rollcall: side=right table=t column.c=d
select 2;

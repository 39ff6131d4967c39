-- rollcall: class=snapshot tables=a,b.c transaction=off lock_timeout=3s reason="a \"b\""
-- rollcall: ignore=drop-column ignore-file=x
drop table t;

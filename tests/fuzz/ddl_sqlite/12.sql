create table t (a int check (a > 0), b int check (b in (1, 2, ')')), check (a < b), constraint n check (a <> 5))

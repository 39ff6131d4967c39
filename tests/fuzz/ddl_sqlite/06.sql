create table t (a unsigned big int, b double precision(10,2), c varchar ( 40 ), d "odd type"(3), e 'x y')

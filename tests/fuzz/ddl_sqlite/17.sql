create table if not exists main.t (a /* ) , */ int -- , b int
, c int)

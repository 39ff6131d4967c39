create table t ("a b" int, [c d] int, `e``f` int, 'g''h' int, "i""j" int)

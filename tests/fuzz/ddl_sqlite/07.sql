create table t (a int default 1, b default -2.5, c default +3, d default (4 + 5), e default "str", f default word, g default null, h default current_timestamp, i default x'00ff', j default true)

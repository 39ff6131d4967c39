create table t (a int collate nocase, b text collate "rtrim" not null)

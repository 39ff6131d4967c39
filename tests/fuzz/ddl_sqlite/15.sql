create table t (a int, b int, unique (a, b), unique (b collate nocase desc) on conflict replace)

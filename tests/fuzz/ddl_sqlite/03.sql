create table t (a integer primary key desc on conflict replace, b int)

create table t (a integer primary key autoincrement, b text not null default 'x')

create table t (a text default ('a' || ')' ), b text default (datetime('now', 'utc')))

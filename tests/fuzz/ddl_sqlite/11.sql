create table t (a int, b int generated always as (a * 2) stored, c as (a + 1), d int as (a || ',') virtual not null)

-- What a table's hooks are made for ($1: its quoted name, $2: the log's, $3: the hook function's): itself with everything
-- that inherits from it, whether the hooks are there already; foreign keys whose actions may update a row that the same
-- statement has updated (more than one, or one that others lead to); its columns; the log's columns, when there is a log.
with recursive t (oid) as (
    select $1::regclass::oid
    union
    select i.inhrelid from t join pg_inherits i on i.inhparent = t.oid
),
actions as (
    select distinct on (coalesce(nullif(f.conparentid, 0), f.oid)) f.oid, f.conname, f.confrelid
    from t join pg_constraint f on f.conrelid = t.oid and f.contype = 'f'
    where f.confupdtype in ('c', 'n', 'd') or f.confdeltype in ('n', 'd')
)
select 'member' as part, row_number() over (order by t.oid)::int8 as n, format('%I.%I', n.nspname, c.relname) as a,
    c.relkind::text as b,
    exists (select from pg_trigger g where g.tgrelid = t.oid and g.tgfoid = to_regproc($3))::text as c
from t join pg_class c on c.oid = t.oid join pg_namespace n on n.oid = c.relnamespace
union all
select 'action', f.oid::int8, f.conname, '', ''
from actions f
where (select count(*) from actions) > 1 or f.confrelid in (select oid from t)
    or exists (select from pg_constraint g where g.conrelid = f.confrelid and g.contype = 'f' and g.confupdtype <> 'a')
union all
select 'column', a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), ''
from pg_attribute a
where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
union all
select 'log', a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), ''
from pg_attribute a
where a.attrelid = to_regclass($2) and a.attnum > 0 and not a.attisdropped
order by 1, 2

-- What has to stand aside while the tables (a text array of quoted names) are filled anew, as pairs of statements: one to
-- run before, one to run after, each group in its order. Foreign keys from and to them go and come back, which checks
-- every row in one pass; triggers that users made are off and then as they were. Partitions count with their table.
with recursive t (oid) as (
    select x::regclass::oid from unnest($1::text[]) x
    union
    select i.inhrelid
    from t join pg_inherits i on i.inhparent = t.oid join pg_class c on c.oid = i.inhrelid and c.relispartition
),
named as materialized (
    select t.oid, format('%I.%I', n.nspname, c.relname) as name
    from t join pg_class c on c.oid = t.oid join pg_namespace n on n.oid = c.relnamespace
),
keys as materialized (
    select f.oid, f.conname, format('%I.%I', n.nspname, c.relname) as child, pg_get_constraintdef(f.oid) as definition,
        obj_description(f.oid, 'pg_constraint') as remark
    from pg_constraint f
    join pg_class c on c.oid = f.conrelid
    join pg_namespace n on n.oid = c.relnamespace
    where f.contype = 'f' and f.conparentid = 0
        and (f.conrelid in (select oid from t) or f.confrelid in (select oid from t))
)
select 1 as part, child || ' ' || conname as place, format('ALTER TABLE %s DROP CONSTRAINT %I', child, conname) as before,
    format('ALTER TABLE %s ADD CONSTRAINT %I %s', child, conname, definition) as after
from keys
union all
select 2, child || ' ' || conname, '', format('COMMENT ON CONSTRAINT %I ON %s IS %L', conname, child, remark)
from keys where remark is not null
union all
select 3, d.name || ' ' || g.tgname, format('ALTER TABLE ONLY %s DISABLE TRIGGER %I', d.name, g.tgname),
    format('ALTER TABLE ONLY %s ENABLE %s TRIGGER %I', d.name,
        case g.tgenabled when 'A' then 'ALWAYS' when 'R' then 'REPLICA' else '' end, g.tgname)
from named d join pg_trigger g on g.tgrelid = d.oid
where not g.tgisinternal and g.tgenabled <> 'D'
order by 1, 2

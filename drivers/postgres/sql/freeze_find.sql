-- The triggers of all freezes. Those that a partition got from its table go with that table's.
select n.nspname || '.' || c.relname, g.tgname::text, g.tgenabled::text,
    split_part(encode(g.tgargs, 'escape'), '\000', 1),
    pg_get_triggerdef(g.oid) || p.prosrc,
    format('DROP TRIGGER IF EXISTS %I ON %I.%I', g.tgname, n.nspname, c.relname)
from pg_trigger g
join pg_class c on c.oid = g.tgrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_proc p on p.oid = g.tgfoid
where not g.tgisinternal and starts_with(g.tgname::text, 'rollcall_freeze')
    and not exists (
        select from pg_depend d
        where d.classid = 'pg_trigger'::regclass and d.objid = g.oid and d.deptype in ('P', 'S'))
order by (n.nspname || '.' || c.relname) collate "C", g.tgname

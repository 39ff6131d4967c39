-- The sequences that belong to columns of a table: column and quoted name.
select a.attname, format('%I.%I', n.nspname, s.relname)
from pg_depend d
join pg_class s on s.oid = d.objid and s.relkind = 'S'
join pg_namespace n on n.oid = s.relnamespace
join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
    and d.refobjid = $1::regclass and d.refobjsubid > 0
order by a.attnum, s.oid

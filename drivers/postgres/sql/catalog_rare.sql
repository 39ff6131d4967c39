-- Views, statistics and comments.
select 'view' as kind, v.name as name, v.name as owner_table,
    case v.relkind when 'm' then 'materialized view' else 'view' end
    || coalesce(' with (' || array_to_string(v.reloptions, ', ') || ')', '')
    || case when v.relkind = 'm' and not v.relispopulated then ' unpopulated' else '' end
    || case when a.amname <> 'heap' then ' using ' || a.amname else '' end
    || coalesce(' tablespace ' || s.spcname, '')
    || v.owner_text
    || ' as' || pg_get_viewdef(v.oid)
    || coalesce((
        select string_agg(' column ' || b.attname || ' default ' || pg_get_expr(f.adbin, f.adrelid), '' order by b.attnum)
        from pg_attrdef f
        join pg_attribute b on b.attrelid = f.adrelid and b.attnum = f.adnum
        where f.adrelid = v.oid), '') as text,
    '' as stored, 0 as position, false as is_generated
from rel v
left join pg_am a on a.oid = v.relam
left join pg_tablespace s on s.oid = v.reltablespace
where v.relkind in ('v', 'm')

union all
select 'other', 'statistics ' || n.nspname || '.' || s.stxname, t.name,
    pg_get_statisticsobjdef(s.oid)
    || coalesce(' target ' || nullif(s.stxstattarget, -1), '') -- from 13
    || case when s.stxowner = h.datdba then '' else ' owner ' || pg_get_userbyid(s.stxowner) end,
    '', 0, s.stxname ~ '_stat[0-9]*$' and starts_with(s.stxname, left(t.relname, 20))
from here h
cross join rel t
join pg_statistic_ext s on s.stxrelid = t.oid
join pg_namespace n on n.oid = s.stxnamespace

union all
select 'comment', i.type || ' ' || array_to_string(i.object_names, '.'), b.name, d.description, '', 0, false
from (
    select 'pg_class'::regclass::oid as classid, t.oid as objid, t.name from rel t
    union all
    select 'pg_class'::regclass, x.indexrelid, t.name from rel t join pg_index x on x.indrelid = t.oid
    union all
    select 'pg_constraint'::regclass, k.oid, t.name from rel t join pg_constraint k on k.conrelid = t.oid
    union all
    select 'pg_trigger'::regclass, g.oid, t.name from rel t join pg_trigger g on g.tgrelid = t.oid where not g.tgisinternal
    union all
    select 'pg_rewrite'::regclass, r.oid, t.name from rel t join pg_rewrite r on r.ev_class = t.oid
    union all
    select 'pg_policy'::regclass, p.oid, t.name from rel t join pg_policy p on p.polrelid = t.oid
    union all
    select 'pg_statistic_ext'::regclass, s.oid, t.name from rel t join pg_statistic_ext s on s.stxrelid = t.oid
) b
join pg_description d on d.objoid = b.objid and d.classoid = b.classid
cross join lateral pg_identify_object_as_address(d.classoid, d.objoid, d.objsubid) i

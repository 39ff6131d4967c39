-- The body goes to "stored" as it was written; what it means follows from it (pg_catalog.c).
select case p.prokind when 'p' then 'procedure' else 'function' end as kind,
    n.nspname || '.' || p.proname || '(' || oidvectortypes(p.proargtypes) || ')' as name, '' as owner_table,
    case p.prokind when 'a' then 'aggregate' when 'w' then 'window function' when 'p' then 'procedure' else 'function' end
    || ' (' || pg_get_function_arguments(p.oid) || ')'
    || coalesce(' returns ' || pg_get_function_result(p.oid), '')
    || ' language ' || l.lanname
    || case p.provolatile when 'i' then ' immutable' when 's' then ' stable' else '' end
    || case when p.proisstrict then ' strict' else '' end
    || case when p.prosecdef then ' security definer' else '' end
    || case when p.proleakproof then ' leakproof' else '' end
    || case p.proparallel when 's' then ' parallel safe' when 'r' then ' parallel restricted' else '' end
    || ' cost ' || p.procost
    || case when p.prorows <> 0 then ' rows ' || p.prorows else '' end
    || case when p.prosupport <> 0 then ' support ' || p.prosupport::text else '' end
    || coalesce(' set ' || array_to_string(p.proconfig, ', '), '')
    || case when p.protrftypes is not null then ' for types ' || array_to_string(array(
        select format_type(u.t, null) from unnest(p.protrftypes) u (t)), ', ') else '' end
    || coalesce(' library ' || p.probin, '')
    || coalesce((
        select ' accumulates ' || a.aggtransfn::text || ' in ' || format_type(a.aggtranstype, null)
            || ' kind ' || a.aggkind::text
            || case when a.aggfinalfn <> 0 then ' final ' || a.aggfinalfn::text || ' ' || a.aggfinalmodify::text else '' end
            || case when a.aggcombinefn <> 0 then ' combine ' || a.aggcombinefn::text else '' end
            || case when a.aggmtransfn <> 0 then ' moving ' || a.aggmtransfn::text || ' ' || a.aggminvtransfn::text
                || ' in ' || format_type(a.aggmtranstype, null) else '' end
            || case when a.aggsortop <> 0 then ' order ' || a.aggsortop::regoperator::text else '' end
            || coalesce(' begins ' || quote_literal(a.agginitval), '')
        from pg_aggregate a where a.aggfnoid = p.oid), '')
    || coalesce(' body ' || pg_get_function_sqlbody(p.oid), '') -- from 14
    || coalesce(o.owner_text, '')
    || case when l.lanname in ('sql', 'plpgsql') then '' else ' as ' || p.prosrc end as text,
    case when l.lanname in ('sql', 'plpgsql') then p.prosrc else '' end as stored, 0 as position, false as is_generated
from pg_proc p
join ns n on n.oid = p.pronamespace
join pg_language l on l.oid = p.prolang
left join owned o on o.owner = p.proowner
where p.oid >= 16384
    and not exists (select from member m where m.classid = 'pg_proc'::regclass and m.objid = p.oid)
    and not exists ( -- the constructors of range types
        select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'i')

union all
select 'trigger', t.name || '.' || g.tgname, t.name,
    pg_get_triggerdef(g.oid)
    || case g.tgenabled when 'D' then ' disabled' when 'R' then ' on replicas' when 'A' then ' always' else '' end,
    '', 0, false
from rel t
join pg_trigger g on g.tgrelid = t.oid
where not g.tgisinternal and not starts_with(g.tgname::text, 'rollcall_') -- ours are none of the schema
    and g.tgparentid = 0 -- from 13

union all
select 'rule', t.name || '.' || r.rulename, t.name,
    pg_get_ruledef(r.oid)
    || case r.ev_enabled when 'D' then ' disabled' when 'R' then ' on replicas' when 'A' then ' always' else '' end,
    '', 0, false
from rel t
join pg_rewrite r on r.ev_class = t.oid
where r.rulename <> '_RETURN'

union all
select 'policy', t.name || '.' || p.polname, t.name,
    case when p.polpermissive then 'permissive' else 'restrictive' end
    || ' for '
    || case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end
    || ' to ' || array_to_string(array(
        select case when u.r = 0 then 'public' else pg_get_userbyid(u.r)::text end from unnest(p.polroles) u (r) order by 1), ', ')
    || coalesce(' using (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
    || coalesce(' with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', ''),
    '', 0, false
from rel t
join pg_policy p on p.polrelid = t.oid

union all
select 'event', e.evtname::text, '',
    'event trigger on ' || e.evtevent || coalesce(' when tag in (' || array_to_string(e.evttags, ', ') || ')', '')
    || ' execute ' || e.evtfoid::regprocedure::text
    || case e.evtenabled when 'D' then ' disabled' when 'R' then ' on replicas' when 'A' then ' always' else '' end
    || coalesce(o.owner_text, ''),
    '', 0, false
from pg_event_trigger e
left join owned o on o.owner = e.evtowner
where not exists (select from member m where m.classid = 'pg_event_trigger'::regclass and m.objid = e.oid)

union all
select 'type', n.nspname || '.' || t.typname, '',
    case t.typtype
        when 'e' then 'enum (' || coalesce((
            select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder)
            from pg_enum e where e.enumtypid = t.oid), '') || ')'
        when 'd' then 'domain ' || format_type(t.typbasetype, t.typtypmod)
            || case when t.typcollation <> 0 and t.typcollation <> b.typcollation
                then ' collate ' || t.typcollation::regcollation::text else '' end
            || case when t.typnotnull then ' not null' else '' end
            || coalesce(' default ' || pg_get_expr(t.typdefaultbin, 0), '')
        when 'c' then 'composite (' || coalesce((
            select string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
                || case when a.attcollation <> 0 and a.attcollation <> y.typcollation
                    then ' collate ' || a.attcollation::regcollation::text else '' end, ', ' order by a.attnum)
            from pg_attribute a
            join pg_type y on y.oid = a.atttypid
            where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped), '') || ')'
        when 'r' then 'range of ' || (
            select format_type(r.rngsubtype, null)
                || coalesce(' operator class ' || (
                    select cn.nspname || '.' || c.opcname from pg_opclass c join pg_namespace cn on cn.oid = c.opcnamespace
                    where c.oid = r.rngsubopc and not c.opcdefault), '')
                || case when r.rngcollation <> 0 then ' collate ' || r.rngcollation::regcollation::text else '' end
                || case when r.rngcanonical <> 0 then ' canonical ' || r.rngcanonical::text else '' end
                || case when r.rngsubdiff <> 0 then ' difference ' || r.rngsubdiff::text else '' end
                || coalesce(' multirange ' || format_type(r.rngmultitypid, null), '') -- from 14
            from pg_range r where r.rngtypid = t.oid)
        else 'base type ' || t.typlen || ' ' || t.typalign::text || ' ' || t.typstorage::text || ' ' || t.typcategory::text
            || ' input ' || t.typinput::text || ' output ' || t.typoutput::text
            || case when t.typreceive <> 0 then ' receive ' || t.typreceive::text else '' end
            || case when t.typsend <> 0 then ' send ' || t.typsend::text else '' end
    end || coalesce(o.owner_text, ''),
    '', 0, false
from pg_type t
join ns n on n.oid = t.typnamespace
left join pg_type b on b.oid = t.typbasetype
left join owned o on o.owner = t.typowner
where t.oid >= 16384
    and (t.typtype in ('e', 'd', 'r') or (t.typtype = 'c' and exists (
            select from pg_class c where c.oid = t.typrelid and c.relkind = 'c'))
        or (t.typtype = 'b' and not exists (select from pg_type e where e.typarray = t.oid)))
    and not exists (select from member m where m.classid = 'pg_type'::regclass and m.objid = t.oid)

union all
select 'constraint', n.nspname || '.' || t.typname || '.' || k.conname, n.nspname || '.' || t.typname,
    pg_get_constraintdef(k.oid), '', 0,
    k.conname ~ '_check[0-9]*$' and starts_with(k.conname, left(t.typname, 20))
from pg_constraint k
join pg_type t on t.oid = k.contypid
join ns n on n.oid = t.typnamespace
where k.contypid >= 16384 and k.contype <> 'n'
    and not exists (select from member m where m.classid = 'pg_type'::regclass and m.objid = t.oid)

union all
select 'schema', n.nspname::text, '', 'schema' || coalesce(o.owner_text, ''),
    '', 0, false
from ns n
left join owned o on o.owner = n.nspowner
where not exists (select from member m where m.classid = 'pg_namespace'::regclass and m.objid = n.oid)

-- Privileges that differ from what an object of its kind has by itself, one object a grantee.
select 'grant' as kind, g.kind || ' ' || g.name || ' to ' || case when g.grantee = 0 then 'public' else pg_get_userbyid(g.grantee)::text end as name,
    g.owner_table, coalesce(g.privileges, 'nothing') as text, '' as stored, 0 as position, false as is_generated
from (
    select a.kind, a.name, a.owner_table, e.grantee,
        string_agg(e.privilege || case when e.is_grantable then ' with grant option' else '' end, ', '
            order by e.privilege) filter (where e.is_held) as privileges,
        string_agg(e.privilege || case when e.is_grantable then ' with grant option' else '' end, ', '
            order by e.privilege) filter (where e.is_default) as defaults
    from (
        select 'schema' as kind, n.nspname::text as name, '' as owner_table, n.nspacl as acl, acldefault('n', n.nspowner) as standard
        from ns n where n.nspacl is not null and n.nspname <> 'public'
        union all
        -- Before 15 everybody could create in public; initdb wrote that down.
        select 'schema', n.nspname::text, '', n.nspacl, i.initprivs
        from ns n join pg_init_privs i on i.classoid = 'pg_namespace'::regclass and i.objoid = n.oid
        where n.nspacl is not null and n.nspname = 'public'
        union all
        select case t.relkind when 'S' then 'sequence' when 'v' then 'view' when 'm' then 'view' else 'table' end, t.name,
            case when t.relkind = 'S' then '' else t.name end, t.relacl,
            acldefault(case t.relkind when 'S' then 's'::"char" else 'r'::"char" end, t.relowner)
        from rel t where t.relacl is not null
        union all
        select 'column', t.name || '.' || c.attname, t.name, c.attacl, acldefault('c', t.relowner)
        from rel t join pg_attribute c on c.attrelid = t.oid where c.attacl is not null
        union all
        select case p.prokind when 'p' then 'procedure' else 'function' end,
            n.nspname || '.' || p.proname || '(' || oidvectortypes(p.proargtypes) || ')', '', p.proacl, acldefault('f', p.proowner)
        from pg_proc p join ns n on n.oid = p.pronamespace
        where p.proacl is not null and p.oid >= 16384
            and not exists (select from member m where m.classid = 'pg_proc'::regclass and m.objid = p.oid)
        union all
        select 'type', n.nspname || '.' || y.typname, '', y.typacl, acldefault('T', y.typowner)
        from pg_type y join ns n on n.oid = y.typnamespace
        where y.typacl is not null and y.oid >= 16384
            and not exists (select from member m where m.classid = 'pg_type'::regclass and m.objid = y.oid)
        union all
        select 'language', l.lanname::text, '', l.lanacl, acldefault('l', l.lanowner)
        from pg_language l where l.lanacl is not null and l.oid >= 16384
            and not exists (select from member m where m.classid = 'pg_language'::regclass and m.objid = l.oid)
        union all
        select 'foreign data wrapper', w.fdwname::text, '', w.fdwacl, acldefault('F', w.fdwowner)
        from pg_foreign_data_wrapper w where w.fdwacl is not null
            and not exists (select from member m where m.classid = 'pg_foreign_data_wrapper'::regclass and m.objid = w.oid)
        union all
        select 'server', s.srvname::text, '', s.srvacl, acldefault('S', s.srvowner)
        from pg_foreign_server s where s.srvacl is not null
        union all
        select 'database', 'itself', '', h.datacl, acldefault('d', h.datdba) from here h where h.datacl is not null
        union all
        select 'default', case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
                when 'T' then 'types' when 'n' then 'schemas' else d.defaclobjtype::text end
            || ' of ' || pg_get_userbyid(d.defaclrole) || coalesce(' in ' || n.nspname, ''), '', d.defaclacl,
            case when d.defaclnamespace <> 0 then null
                else acldefault(case d.defaclobjtype when 'S' then 's'::"char" else d.defaclobjtype end, d.defaclrole) end
        from pg_default_acl d left join ns n on n.oid = d.defaclnamespace
        where d.defaclnamespace = 0 or n.oid is not null
    ) a
    cross join lateral (
        select x.grantee, x.privilege_type as privilege, x.is_grantable, true as is_held, false as is_default
        from aclexplode(a.acl) x
        union all
        select x.grantee, x.privilege_type, x.is_grantable, false, true from aclexplode(a.standard) x
    ) e
    group by a.kind, a.name, a.owner_table, e.grantee
) g
where g.privileges is distinct from g.defaults

union all
-- Comments on relations, and on what stands on them, are read with these (catalog_table.sql).
select 'comment', i.type || ' ' || array_to_string(i.object_names, '.')
        || case when i.object_args <> '{}' then '(' || replace(array_to_string(i.object_args, ', '), 'pg_catalog.', '') || ')' else '' end,
    '', d.description, '', 0, false
from pg_description d
cross join lateral pg_identify_object_as_address(d.classoid, d.objoid, d.objsubid) i
where (d.objoid >= 16384
        or (d.classoid = 'pg_namespace'::regclass and exists (select from ns n where n.oid = d.objoid)
            and d.description <> 'standard public schema'))
    and d.classoid not in ('pg_class'::regclass, 'pg_trigger'::regclass, 'pg_rewrite'::regclass,
        'pg_policy'::regclass, 'pg_statistic_ext'::regclass)
    and not (d.classoid = 'pg_constraint'::regclass
        and exists (select from pg_constraint k where k.oid = d.objoid and k.conrelid <> 0))
    and not exists (select from member m where m.classid = d.classoid and m.objid = d.objoid)
    and i.type is not null
    and coalesce(i.object_names[1], '') <> 'rollcall'

union all
select 'comment', 'database itself', '', d.description, '', 0, false
from pg_shdescription d join here h on d.classoid = 'pg_database'::regclass and d.objoid = h.oid

union all
select 'comment', 'security label by ' || s.provider || ' on ' || i.type || ' ' || i.identity, '', s.label, '', 0, false
from pg_seclabel s
cross join lateral pg_identify_object(s.classoid, s.objoid, s.objsubid) i
where s.objoid >= 16384 and i.type is not null

union all
select 'extension', e.extname::text, '',
    'version ' || e.extversion || ' schema ' || n.nspname || coalesce(o.owner_text, ''), '',
    0, false
from pg_extension e
join pg_namespace n on n.oid = e.extnamespace
left join owned o on o.owner = e.extowner
where e.oid >= 16384

union all
-- Whether there is anything for catalog_other.sql to read.
select '', '', '', '', '', 0,
    exists (select from pg_cast where oid >= 16384)
    or exists (select from pg_operator where oid >= 16384)
    or exists (select from pg_opfamily where oid >= 16384)
    or exists (select from pg_collation where oid >= 16384)
    or exists (select from pg_conversion where oid >= 16384)
    or exists (select from pg_ts_parser where oid >= 16384)
    or exists (select from pg_ts_template where oid >= 16384)
    or exists (select from pg_ts_dict where oid >= 16384)
    or exists (select from pg_ts_config where oid >= 16384)
    or exists (select from pg_publication)
    or exists (select from pg_subscription s join here h on h.oid = s.subdbid)
    or exists (select from pg_foreign_data_wrapper)
    or exists (select from pg_language where oid >= 16384)
    or exists (select from pg_transform)
    or exists (select from pg_am where oid >= 16384)
    or exists (select from pg_db_role_setting s join here h on h.oid = s.setdatabase)

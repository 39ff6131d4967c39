-- Kinds that few schemas have; the first part tells whether any of them is there.
select 'other' as kind, 'cast ' || format_type(c.castsource, null) || ' as ' || format_type(c.casttarget, null) as name,
    '' as owner_table,
    'cast ' || case c.castmethod when 'f' then 'with ' || c.castfunc::regprocedure::text when 'i' then 'with inout' else 'without function' end
    || case c.castcontext when 'a' then ' as assignment' when 'i' then ' as implicit' else '' end as text,
    '' as stored, 0 as position, false as is_generated
from pg_cast c
where c.oid >= 16384 and not exists (select from member m where m.classid = 'pg_cast'::regclass and m.objid = c.oid)
    and not exists ( -- of a range type
        select from pg_depend d where d.classid = 'pg_cast'::regclass and d.objid = c.oid and d.deptype = 'i')

union all
select 'other', 'operator ' || p.oid::regoperator::text, '',
    'operator function ' || p.oprcode::text || ' result ' || format_type(p.oprresult, null)
    || case when p.oprcom <> 0 then ' commutator ' || p.oprcom::regoperator::text else '' end
    || case when p.oprnegate <> 0 then ' negator ' || p.oprnegate::regoperator::text else '' end
    || case when p.oprrest <> 0 then ' restrict ' || p.oprrest::text else '' end
    || case when p.oprjoin <> 0 then ' join ' || p.oprjoin::text else '' end
    || case when p.oprcanhash then ' hashes' else '' end || case when p.oprcanmerge then ' merges' else '' end
    || coalesce(o.owner_text, ''),
    '', 0, false
from pg_operator p
join ns n on n.oid = p.oprnamespace
left join owned o on o.owner = p.oprowner
where p.oid >= 16384 and p.oprcode <> 0
    and not exists (select from member m where m.classid = 'pg_operator'::regclass and m.objid = p.oid)

union all
select 'other', 'operator class ' || n.nspname || '.' || c.opcname || ' using ' || a.amname, '',
    'operator class for ' || format_type(c.opcintype, null) || ' family ' || fn.nspname || '.' || f.opfname
    || case when c.opcdefault then ' default' else '' end
    || case when c.opckeytype <> 0 then ' storage ' || format_type(c.opckeytype, null) else '' end
    || coalesce(o.owner_text, ''),
    '', 0, false
from pg_opclass c
join ns n on n.oid = c.opcnamespace
join pg_am a on a.oid = c.opcmethod
join pg_opfamily f on f.oid = c.opcfamily
join pg_namespace fn on fn.oid = f.opfnamespace
left join owned o on o.owner = c.opcowner
where c.oid >= 16384 and not exists (select from member m where m.classid = 'pg_opclass'::regclass and m.objid = c.oid)

union all
select 'other', 'operator family ' || n.nspname || '.' || f.opfname || ' using ' || a.amname, '',
    'operator family' || coalesce((
        select ' operators ' || string_agg(p.amopstrategy || ' ' || p.amopopr::regoperator::text, ', '
            order by p.amoplefttype, p.amoprighttype, p.amopstrategy)
        from pg_amop p where p.amopfamily = f.oid), '')
    || coalesce((
        select ' functions ' || string_agg(p.amprocnum || ' ' || p.amproc::regprocedure::text, ', '
            order by p.amproclefttype, p.amprocrighttype, p.amprocnum)
        from pg_amproc p where p.amprocfamily = f.oid), '')
    || coalesce(o.owner_text, ''),
    '', 0, false
from pg_opfamily f
join ns n on n.oid = f.opfnamespace
join pg_am a on a.oid = f.opfmethod
left join owned o on o.owner = f.opfowner
where f.oid >= 16384 and not exists (select from member m where m.classid = 'pg_opfamily'::regclass and m.objid = f.oid)

union all
select 'other', 'collation ' || n.nspname || '.' || c.collname, '',
    -- Its version is the system library's, not the schema's.
    'collation ' || (to_jsonb(c) - array['oid', 'collname', 'collnamespace', 'collowner', 'collversion'])::text
    || coalesce(o.owner_text, ''),
    '', 0, false
from pg_collation c
join ns n on n.oid = c.collnamespace
left join owned o on o.owner = c.collowner
where c.oid >= 16384 and not exists (select from member m where m.classid = 'pg_collation'::regclass and m.objid = c.oid)

union all
select 'other', 'conversion ' || n.nspname || '.' || c.conname, '',
    'conversion ' || pg_encoding_to_char(c.conforencoding) || ' to ' || pg_encoding_to_char(c.contoencoding) || ' by '
    || c.conproc::text || case when c.condefault then ' default' else '' end || coalesce(o.owner_text, ''),
    '', 0, false
from pg_conversion c
join ns n on n.oid = c.connamespace
left join owned o on o.owner = c.conowner
where c.oid >= 16384

union all
select 'other', 'text search parser ' || n.nspname || '.' || p.prsname, '',
    'text search parser ' || p.prsstart::text || ' ' || p.prstoken::text || ' ' || p.prsend::text || ' '
    || p.prsheadline::text || ' ' || p.prslextype::text,
    '', 0, false
from pg_ts_parser p
join ns n on n.oid = p.prsnamespace
where p.oid >= 16384 and not exists (select from member m where m.classid = 'pg_ts_parser'::regclass and m.objid = p.oid)

union all
select 'other', 'text search template ' || n.nspname || '.' || p.tmplname, '',
    'text search template ' || p.tmplinit::text || ' ' || p.tmpllexize::text, '', 0, false
from pg_ts_template p
join ns n on n.oid = p.tmplnamespace
where p.oid >= 16384 and not exists (select from member m where m.classid = 'pg_ts_template'::regclass and m.objid = p.oid)

union all
select 'other', 'text search dictionary ' || n.nspname || '.' || d.dictname, '',
    'text search dictionary template ' || tn.nspname || '.' || t.tmplname || coalesce(' with ' || d.dictinitoption, '')
    || coalesce(o.owner_text, ''),
    '', 0, false
from pg_ts_dict d
join ns n on n.oid = d.dictnamespace
join pg_ts_template t on t.oid = d.dicttemplate
join pg_namespace tn on tn.oid = t.tmplnamespace
left join owned o on o.owner = d.dictowner
where d.oid >= 16384 and not exists (select from member m where m.classid = 'pg_ts_dict'::regclass and m.objid = d.oid)

union all
select 'other', 'text search configuration ' || n.nspname || '.' || c.cfgname, '',
    'text search configuration parser ' || pn.nspname || '.' || p.prsname || coalesce((
        select ' maps ' || string_agg(m.maptokentype || ' to ' || m.mapdict::regdictionary::text, ', '
            order by m.maptokentype, m.mapseqno)
        from pg_ts_config_map m where m.mapcfg = c.oid), '')
    || coalesce(o.owner_text, ''),
    '', 0, false
from pg_ts_config c
join ns n on n.oid = c.cfgnamespace
join pg_ts_parser p on p.oid = c.cfgparser
join pg_namespace pn on pn.oid = p.prsnamespace
left join owned o on o.owner = c.cfgowner
where c.oid >= 16384 and not exists (select from member m where m.classid = 'pg_ts_config'::regclass and m.objid = c.oid)

union all
select 'other', 'publication ' || p.pubname, '',
    'publication' || case when p.puballtables then ' for all tables' else '' end
    || case when p.pubinsert then ' insert' else '' end || case when p.pubupdate then ' update' else '' end
    || case when p.pubdelete then ' delete' else '' end || case when p.pubtruncate then ' truncate' else '' end
    || case when p.pubviaroot then ' via root' else '' end -- from 13
    || coalesce((
        select ' tables ' || string_agg(r.prrelid::regclass::text
            || coalesce(' columns ' || r.prattrs::text, '') -- from 15
            || coalesce(' where ' || pg_get_expr(r.prqual, r.prrelid), '') -- from 15
            , ', ' order by r.prrelid::regclass::text)
        from pg_publication_rel r where r.prpubid = p.oid), '')
    || coalesce(( -- from 15
        select ' schemas ' || string_agg(s.pnnspid::regnamespace::text, ', ' order by s.pnnspid::regnamespace::text) -- from 15
        from pg_publication_namespace s where s.pnpubid = p.oid), '') -- from 15
    || coalesce(o.owner_text, ''),
    '', 0, false
from pg_publication p
left join owned o on o.owner = p.pubowner

union all
select 'other', 'subscription ' || s.subname, '',
    'subscription to ' || array_to_string(s.subpublications, ', ') || coalesce(' slot ' || s.subslotname, '')
    || case when s.subenabled then '' else ' disabled' end || coalesce(o.owner_text, ''),
    '', 0, false
from pg_subscription s
join here h on h.oid = s.subdbid
left join owned o on o.owner = s.subowner

union all
select 'other', 'foreign data wrapper ' || w.fdwname, '',
    'foreign data wrapper' || case when w.fdwhandler <> 0 then ' handler ' || w.fdwhandler::regproc::text else '' end
    || case when w.fdwvalidator <> 0 then ' validator ' || w.fdwvalidator::regproc::text else '' end
    || coalesce(' options (' || array_to_string(w.fdwoptions, ', ') || ')', '') || coalesce(o.owner_text, ''),
    '', 0, false
from pg_foreign_data_wrapper w
left join owned o on o.owner = w.fdwowner
where not exists (select from member m where m.classid = 'pg_foreign_data_wrapper'::regclass and m.objid = w.oid)

union all
-- Options may hold passwords: what they are, not what they say.
select 'other', 'server ' || s.srvname, '',
    'server of ' || w.fdwname || coalesce(' type ' || s.srvtype, '') || coalesce(' version ' || s.srvversion, '')
    || coalesce(' options ' || md5(array_to_string(s.srvoptions, ',')), '') || coalesce(o.owner_text, ''),
    '', 0, false
from pg_foreign_server s
join pg_foreign_data_wrapper w on w.oid = s.srvfdw
left join owned o on o.owner = s.srvowner

union all
select 'other', 'user mapping ' || s.srvname || ' for ' || case when u.umuser = 0 then 'public' else pg_get_userbyid(u.umuser)::text end, '',
    'user mapping', '', 0, false
from pg_foreign_server s
join pg_user_mappings u on u.srvid = s.oid

union all
select 'other', 'language ' || l.lanname, '',
    'language' || case when l.lanpltrusted then ' trusted' else '' end || ' handler ' || l.lanplcallfoid::regproc::text
    || coalesce(o.owner_text, ''),
    '', 0, false
from pg_language l
left join owned o on o.owner = l.lanowner
where l.oid >= 16384 and not exists (select from member m where m.classid = 'pg_language'::regclass and m.objid = l.oid)

union all
select 'other', 'transform ' || format_type(f.trftype, null) || ' language ' || l.lanname, '',
    'transform from ' || f.trffromsql::regproc::text || ' to ' || f.trftosql::regproc::text, '', 0, false
from pg_transform f
join pg_language l on l.oid = f.trflang
where not exists (select from member m where m.classid = 'pg_transform'::regclass and m.objid = f.oid)

union all
select 'other', 'access method ' || a.amname, '', 'access method ' || a.amtype::text || ' handler ' || a.amhandler::regproc::text, '', 0, false
from pg_am a
where a.oid >= 16384 and not exists (select from member m where m.classid = 'pg_am'::regclass and m.objid = a.oid)

union all
select 'other', 'setting of ' || case when s.setrole = 0 then 'the database' else 'role ' || pg_get_userbyid(s.setrole)::text end, '',
    'setting ' || array_to_string(s.setconfig, ', '), '', 0, false
from pg_db_role_setting s
join here h on h.oid = s.setdatabase

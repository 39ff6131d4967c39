-- What all parts of the catalogue reader share. Runs with search_path = pg_catalog, so that every name in a
-- printed expression is qualified unless it is the system's. A line that ends in "from N" or "before N" is
-- left out for servers that are older than version N, or not; one that ends in "locked" stands only where
-- nothing but the relations that this transaction has locked is read.
with
ns as materialized (
    select n.oid, n.nspname, n.nspowner, n.nspacl
    from pg_namespace n
    where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'rollcall')
),
member as materialized (
    select d.classid, d.objid from pg_depend d where d.refclassid = 'pg_extension'::regclass and d.deptype = 'e'
),
here as materialized (
    select d.oid, d.datdba, d.datacl from pg_database d where d.datname = current_database()
),
-- A role is named only where it is not the one that owns the database.
owned (owner, owner_text) as materialized (
    select r.oid, ' owner ' || r.rolname
    from pg_roles r, here h
    where r.oid <> h.datdba and r.rolname <> 'pg_database_owner'
),
locked (oids) as materialized ( -- locked
    select array( -- locked
        with own (oid) as materialized ( -- locked
            select l.relation from pg_locks l -- locked
            where l.pid = pg_backend_pid() and l.locktype = 'relation' and l.relation >= 16384 -- locked
                and l.mode in ('ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', -- locked
                    'ExclusiveLock', 'AccessExclusiveLock')) -- locked
        select o.oid from own o -- locked
        union select d.objid from own o join pg_depend d on d.refobjid = o.oid -- locked
        where d.refclassid = 'pg_class'::regclass and d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i')) -- locked
), -- locked
rel as materialized (
    select c.oid, c.relname, c.relkind, c.relowner, c.relacl, c.relpersistence, c.relispartition, c.relpartbound,
        c.relrowsecurity, c.relforcerowsecurity, c.relreplident, c.reloptions, c.relam, c.reltablespace, c.reloftype,
        c.relispopulated, n.nspname, n.nspname || '.' || c.relname as name,
        case when c.relowner = h.datdba then '' else ' owner ' || pg_get_userbyid(c.relowner) end as owner_text
    from here h
    cross join pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.oid >= 16384 and c.relkind in ('r', 'p', 'f', 'v', 'm', 'S', 'c')
        and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'rollcall')
        and not exists (
            select from pg_depend d
            where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
        and c.oid = any ((select l.oids from locked l)::oid[]) -- locked
)

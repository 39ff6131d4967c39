-- What all parts of the catalogue reader share. Runs with search_path = pg_catalog, so that every name in a
-- printed expression is qualified unless it is the system's. A line that ends in "from N" or "before N" is
-- left out for servers that are older than version N, or not; one that ends in "named" stands only where some relations
-- and their sequences are read.
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
rel as materialized (
    select c.oid, c.relname, c.relkind, c.relowner, c.relacl, c.relpersistence, c.relhassubclass, c.relispartition,
        c.relpartbound, c.relrowsecurity, c.relforcerowsecurity, c.relreplident, c.reloptions, c.relam,
        c.reltablespace, c.reloftype, c.relispopulated, c.reltype, n.nspname, n.nspname || '.' || c.relname as name
    from pg_class c
    join ns n on n.oid = c.relnamespace
    where c.oid >= 16384 and c.relkind in ('r', 'p', 'f', 'v', 'm', 'S', 'c')
        and not exists (select from member m where m.classid = 'pg_class'::regclass and m.objid = c.oid)
        and c.oid = any ($1::oid[]) -- named
)

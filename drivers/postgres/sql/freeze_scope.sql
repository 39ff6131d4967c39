-- What a freeze of the tables (a text array of qualified names) means: what belongs to them, views that write through,
-- and who writes past every trigger. Columns: part, table, then what each part says.
with recursive tree (oid, parent) as (
    select c.oid, 0::oid
    from unnest(?::text[]) u (name)
    join pg_namespace n on starts_with(u.name, n.nspname || '.')
    join pg_class c on c.relnamespace = n.oid and n.nspname || '.' || c.relname = u.name
    where c.relkind in ('r', 'p', 'f')
    union
    select i.inhrelid, i.inhparent from tree t join pg_inherits i on i.inhparent = t.oid
),
target as materialized (
    select distinct on (t.oid) t.oid, t.parent, n.nspname || '.' || c.relname as name, c.relkind, c.relispartition,
        c.relpersistence, pg_get_userbyid(c.relowner)::text as owner, format('%I.%I', n.nspname, c.relname) as quoted
    from tree t
    join pg_class c on c.oid = t.oid
    join pg_namespace n on n.oid = c.relnamespace
    order by t.oid, t.parent desc
),
views (oid, relation) as (
    select t.oid, t.oid from target t
    union
    select v.oid, r.ev_class
    from views v
    join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = v.relation
        and d.classid = 'pg_rewrite'::regclass
    join pg_rewrite r on r.oid = d.objid and r.ev_class <> v.relation
    join pg_class c on c.oid = r.ev_class and c.relkind = 'v'
)
select 1 as part, t.name, t.quoted, t.relkind::text,
    case when t.parent = 0 then ''
        when t.relispartition then 'partition of ' || p.name
        else 'inherits from ' || p.name end,
    t.owner,
    -- Its row trigger comes from the table above it, and cannot be made twice.
    case when t.relkind = 'p' and t.relispartition and exists (
        select from target a join pg_inherits i on i.inhparent = a.oid where i.inhrelid = t.oid) then 'cloned' else '' end
from target t
left join target p on p.oid = t.parent

union all
select distinct 2, t.name, n.nspname || '.' || c.relname, '', '', '', ''
from target t
join views v on v.oid = t.oid and v.relation <> t.oid
join pg_class c on c.oid = v.relation
join pg_namespace n on n.oid = c.relnamespace
where pg_relation_is_updatable(c.oid, true) & 28 <> 0

union all
select distinct 3, t.name, format('the prepared transaction %L has written into %L', x.gid, t.name),
    format('COMMIT PREPARED %L; or ROLLBACK PREPARED %L;', x.gid, x.gid), '', '', ''
from target t
join pg_locks l on l.relation = t.oid and l.pid is null and l.locktype = 'relation' and l.database = (
        select d.oid from pg_database d where d.datname = current_database())
    and l.mode in ('RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock',
        'AccessExclusiveLock')
join pg_locks own on own.locktype = 'transactionid' and own.virtualtransaction = l.virtualtransaction and own.pid is null
join pg_prepared_xacts x on x.transaction = own.transactionid and x.database = current_database()

union all
select distinct 3, t.name, format('the subscription %I writes into %L', s.subname, t.name),
    format('ALTER SUBSCRIPTION %I DISABLE;', s.subname), '', '', ''
from target t
join pg_subscription_rel r on r.srrelid = t.oid
join pg_subscription s on s.oid = r.srsubid
where s.subenabled

order by 1, 2, 3

-- Tables whose rows this transaction changed, partitions as their topmost parent: those with changed rows in the
-- session's counters that the transaction has locked for writing. Either alone says too much: counters may still hold
-- the transaction before, and a lock is held by what changed no row, too. Not seen: tables that the transaction has
-- dropped since, what came before a TRUNCATE, and the TRUNCATE itself (it has no rows to count), rows of foreign tables.
-- A table that the transaction before changed, and this one has only locked, may be told, too. Where the server does not
-- count, or a role switched it off, the lock alone decides.
with held as (
    select l.relation as oid
    from pg_locks l
    where l.locktype = 'relation' and l.pid = pg_backend_pid() and l.granted
        and l.database = (select oid from pg_database where datname = current_database())
        and l.mode in ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
),
changed as (
    select coalesce(pg_partition_root(c.oid), c.oid) as oid
    from (select distinct oid from held) h
    join pg_class c on c.oid = h.oid and c.relkind in ('r', 'p')
    where current_setting('track_counts') = 'off'
        or pg_stat_get_xact_tuples_inserted(c.oid) + pg_stat_get_xact_tuples_updated(c.oid)
            + pg_stat_get_xact_tuples_deleted(c.oid) > 0
)
select distinct (n.nspname || '.' || c.relname) collate "C"
from changed x
join pg_class c on c.oid = x.oid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'rollcall')
order by 1

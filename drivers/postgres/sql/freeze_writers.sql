-- Transactions that hold a lock for writing on one of the tables and began before that moment.
select a.pid::text, coalesce(a.usename, '')::text, coalesce(a.application_name, ''), coalesce(a.state, ''),
    (extract(epoch from clock_timestamp() - a.xact_start) * 1000)::bigint, left(a.query, 200)
from pg_stat_activity a
where a.pid <> pg_backend_pid()
    and a.xact_start < to_timestamp(?::bigint / 1000000.0)
    and exists (
        select from pg_locks l
        join pg_class c on c.oid = l.relation
        join pg_namespace n on n.oid = c.relnamespace
        where l.pid = a.pid and l.locktype = 'relation' and l.granted
            and l.database = (select d.oid from pg_database d where d.datname = current_database())
            and l.mode in ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
            and n.nspname || '.' || c.relname = any (?::text[]))
order by a.xact_start
limit 20

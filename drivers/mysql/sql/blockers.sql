select p.id, p.user, coalesce(p.info, t.trx_query, ''), if(p.command = 'Sleep', 'idle in transaction', 'active'),
    coalesce(timestampdiff(microsecond, t.trx_started, now(6)) div 1000, p.time * 1000), p.host
from /*M! information_schema.processlist */ /*!80022 performance_schema.processlist */ p
left join information_schema.innodb_trx t on t.trx_mysql_thread_id = p.id
where p.id <> connection_id() and (t.trx_id is not null
    or (p.command in ('Query', 'Execute') and p.db = database())
    /*!80022 or p.id in (select h.processlist_id from performance_schema.metadata_locks m
        join performance_schema.threads h on h.thread_id = m.owner_thread_id
        where m.object_type = 'TABLE' and m.object_schema = database() and m.lock_status = 'GRANTED') */)
order by t.trx_id is null, (p.db <=> database()) desc, t.trx_started, p.id
limit 20

select p.id, p.user, coalesce(p.info, ''), if(p.command = 'Sleep', 'idle', 'active'), p.time * 1000, p.host
from /*M! information_schema.processlist */ /*!80022 performance_schema.processlist */ p
where p.id <> connection_id() and p.db = database()
order by p.time desc, p.id
limit 20

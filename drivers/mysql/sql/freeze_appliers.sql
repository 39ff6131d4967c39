select count(*) from /*M! information_schema.processlist */ /*!80022 performance_schema.processlist */ p
where p.user = 'system user' and (p.command in ('Slave_SQL', 'Slave_worker') or coalesce(p.state, '') like '%relay log%')

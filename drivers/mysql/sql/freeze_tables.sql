select table_name, coalesce(engine, ''), coalesce(create_options, '')
from information_schema.tables
where table_schema = database() and table_type in ('BASE TABLE', 'SYSTEM VERSIONED')
order by cast(table_name as binary)

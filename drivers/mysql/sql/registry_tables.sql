select table_name
from information_schema.tables
where table_schema = database() and left(table_name, 9) = 'rollcall_'
order by table_name

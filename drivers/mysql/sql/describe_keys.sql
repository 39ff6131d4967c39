select index_name, column_name, nullable, sub_part
from information_schema.statistics
where table_schema = database() and table_name = ? and non_unique = 0
order by index_name <> 'PRIMARY', index_name, seq_in_index

select create_options, table_rows, data_length + index_length
from information_schema.tables
where table_schema = database() and table_name = ? and table_type in ('BASE TABLE', 'SYSTEM VERSIONED')

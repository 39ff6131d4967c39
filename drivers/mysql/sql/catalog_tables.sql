select table_name, table_type, engine, table_collation, create_options, table_comment
from information_schema.tables
where table_schema = database()

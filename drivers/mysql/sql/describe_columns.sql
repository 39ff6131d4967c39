select column_name, data_type, column_type, is_nullable, column_default, extra, character_maximum_length,
    character_octet_length, numeric_precision, numeric_scale, datetime_precision, coalesce(collation_name, '')
from information_schema.columns
where table_schema = database() and table_name = ?
order by ordinal_position

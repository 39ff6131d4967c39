select table_name, column_name, ordinal_position, column_type, character_set_name, collation_name, is_nullable,
    column_default, extra, generation_expression, column_comment,
    /*!80003 srs_id */ /*M! null */
from information_schema.columns
where table_schema = database()
order by table_name, ordinal_position

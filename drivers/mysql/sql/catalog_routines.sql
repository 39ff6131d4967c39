select routine_type, routine_name, routine_definition, dtd_identifier, character_set_name, collation_name,
    external_language, is_deterministic, sql_data_access, security_type, routine_comment, sql_mode, definer,
    character_set_client, collation_connection, database_collation
from information_schema.routines
where routine_schema = database()

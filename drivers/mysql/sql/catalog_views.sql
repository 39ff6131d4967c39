select table_name, view_definition, check_option, definer, security_type, character_set_client,
    collation_connection, /*M! algorithm */ /*!80000 null */
from information_schema.views
where table_schema = database()

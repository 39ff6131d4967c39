select event_name, event_definition, event_type, execute_at, interval_value, interval_field, starts, ends, status,
    on_completion, event_comment, time_zone, sql_mode, definer, character_set_client, collation_connection,
    database_collation
from information_schema.events
where event_schema = database()

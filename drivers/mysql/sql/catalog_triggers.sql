select trigger_name, event_manipulation, event_object_table, action_order, action_statement, action_timing, sql_mode,
    definer, character_set_client, collation_connection, database_collation
from information_schema.triggers
where trigger_schema = database()
order by event_object_table, action_timing, event_manipulation, action_order

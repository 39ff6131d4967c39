select event_object_table, trigger_name, concat_ws(' ', action_timing, event_manipulation, definer, action_statement)
from information_schema.triggers
where trigger_schema = database() and trigger_name like 'rollcall\_freeze\_%'
order by cast(event_object_table as binary), trigger_name

select constraint_name
from information_schema.check_constraints
where constraint_schema = database() and table_name = ? and check_clause like 'json_valid(%'

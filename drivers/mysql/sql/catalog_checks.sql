select /*M! table_name, constraint_name, check_clause, level, 'YES' from information_schema.check_constraints
where constraint_schema = database() */
/*!80016 t.table_name, t.constraint_name, c.check_clause, 'Table', t.enforced
from (select table_name, constraint_name, enforced from information_schema.table_constraints
    where table_schema = database() and constraint_type = 'CHECK' limit 1000000000) t
join (select constraint_name, check_clause from information_schema.check_constraints
    where constraint_schema = database() limit 1000000000) c on c.constraint_name = t.constraint_name */

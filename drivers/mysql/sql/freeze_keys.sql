select k.table_name, k.constraint_name, k.column_name, k.referenced_table_schema = database(),
    concat(k.referenced_table_schema, '.', k.referenced_table_name), k.referenced_table_name, k.referenced_column_name,
    r.delete_rule in ('CASCADE', 'SET NULL', 'SET DEFAULT'), r.update_rule in ('CASCADE', 'SET NULL', 'SET DEFAULT')
from information_schema.key_column_usage k
join information_schema.referential_constraints r
    on r.constraint_schema = k.constraint_schema and r.constraint_name = k.constraint_name and r.table_name = k.table_name
where k.table_schema = database() and k.referenced_table_name is not null
    and (r.delete_rule in ('CASCADE', 'SET NULL', 'SET DEFAULT') or r.update_rule in ('CASCADE', 'SET NULL', 'SET DEFAULT'))
order by k.table_name, k.constraint_name, k.ordinal_position

select table_name, view_definition from information_schema.views where table_schema = database() and is_updatable = 'YES'
order by table_name

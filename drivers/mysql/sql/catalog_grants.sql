select grantee, '', '', privilege_type, is_grantable from information_schema.schema_privileges
where replace(table_schema, '\\_', '_') = database()
union all
select grantee, table_name, '', privilege_type, is_grantable from information_schema.table_privileges
where table_schema = database()
union all
select grantee, table_name, column_name, privilege_type, is_grantable from information_schema.column_privileges
where table_schema = database()
order by 1, 2, 3, 4

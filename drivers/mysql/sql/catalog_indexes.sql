select table_name, index_name, non_unique, column_name, collation, sub_part, index_type, index_comment,
    /*!80013 is_visible, expression */ /*M!100600 if(ignored = 'YES', 'NO', 'YES'), null */
from information_schema.statistics
where table_schema = database()
order by table_name, index_name, seq_in_index

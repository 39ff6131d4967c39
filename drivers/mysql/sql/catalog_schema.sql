select @@collation_database

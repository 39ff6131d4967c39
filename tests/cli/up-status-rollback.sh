migration 0001_customer 'CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT);' 'DROP TABLE customer;'
migration 0002_index 'CREATE INDEX customer_name ON customer (name);' 'DROP INDEX customer_name;'
rc on status
rc on status --check
rc on up
rc on status --check
rc on rollback
rc on status
tables

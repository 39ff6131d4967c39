-- rollcall: class=snapshot
ALTER TABLE customer DROP COLUMN name;

ALTER TABLE customer DROP COLUMN family_name;
ALTER TABLE customer DROP COLUMN given_name;

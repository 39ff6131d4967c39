ALTER TABLE customer ADD COLUMN name text NOT NULL DEFAULT '';

UPDATE customer SET name = rtrim(given_name || ' ' || family_name);

ALTER TABLE customer ADD COLUMN name TEXT NOT NULL DEFAULT '';

UPDATE customer SET name = rtrim(given_name || ' ' || family_name);

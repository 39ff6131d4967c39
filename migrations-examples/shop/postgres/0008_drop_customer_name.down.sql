ALTER TABLE customer ADD COLUMN name text NOT NULL DEFAULT '';

-- rollcall: ignore=backfill
UPDATE customer SET name = rtrim(given_name || ' ' || family_name);

ALTER TABLE customer
    ADD COLUMN given_name text NOT NULL DEFAULT '',
    ADD COLUMN family_name text NOT NULL DEFAULT '';

-- The table is small: filling it under the lock takes a moment. A large one gets a migration of its own for that.
-- rollcall: ignore=backfill
UPDATE customer SET given_name = split_part(name, ' ', 1) WHERE name <> '';
UPDATE customer SET family_name = ltrim(substr(name, length(given_name) + 1)) WHERE name <> '';

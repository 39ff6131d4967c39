ALTER TABLE customer
    ADD COLUMN given_name text NOT NULL DEFAULT '',
    ADD COLUMN family_name text NOT NULL DEFAULT '';

UPDATE customer
SET given_name  = split_part(name, ' ', 1),
    family_name = ltrim(substr(name, length(split_part(name, ' ', 1)) + 1))
WHERE name <> '';

ALTER TABLE customer ADD COLUMN given_name TEXT NOT NULL DEFAULT '';
ALTER TABLE customer ADD COLUMN family_name TEXT NOT NULL DEFAULT '';

UPDATE customer SET given_name = substr(name, 1, instr(name || ' ', ' ') - 1) WHERE name <> '';
UPDATE customer SET family_name = ltrim(substr(name, length(given_name) + 1)) WHERE name <> '';

ALTER TABLE customer ADD COLUMN given_name TEXT NOT NULL DEFAULT '';
ALTER TABLE customer ADD COLUMN family_name TEXT NOT NULL DEFAULT '';

UPDATE customer
SET given_name  = CASE WHEN instr(name, ' ') = 0 THEN name ELSE substr(name, 1, instr(name, ' ') - 1) END,
    family_name = CASE WHEN instr(name, ' ') = 0 THEN '' ELSE ltrim(substr(name, instr(name, ' ') + 1)) END
WHERE name <> '';

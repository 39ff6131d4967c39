ALTER TABLE customer
    ADD COLUMN given_name varchar(200) NOT NULL DEFAULT '',
    ADD COLUMN family_name varchar(200) NOT NULL DEFAULT '';

UPDATE customer
SET given_name  = substring_index(name, ' ', 1),
    family_name = ltrim(substr(name, length(substring_index(name, ' ', 1)) + 1))
WHERE name <> '';

ALTER TABLE customer
    ADD COLUMN given_name varchar(200) NOT NULL DEFAULT '',
    ADD COLUMN family_name varchar(200) NOT NULL DEFAULT '';

UPDATE customer SET given_name = substring_index(name, ' ', 1) WHERE name <> '';
UPDATE customer SET family_name = ltrim(substr(name, char_length(given_name) + 1)) WHERE name <> '';

ALTER TABLE customer ADD COLUMN name varchar(200) NOT NULL DEFAULT '' AFTER id;

UPDATE customer SET name = rtrim(concat(given_name, ' ', family_name));

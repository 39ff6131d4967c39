ALTER TABLE customer
    DROP COLUMN family_name,
    DROP COLUMN given_name;

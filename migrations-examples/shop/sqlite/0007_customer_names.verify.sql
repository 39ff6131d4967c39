SELECT 'customer without a given name: ' || id FROM customer WHERE name <> '' AND given_name = '';

DROP VIEW revenue;

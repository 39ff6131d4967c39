DROP TRIGGER product_price_changed;
DROP TABLE price_history;

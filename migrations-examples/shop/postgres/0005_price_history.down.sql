DROP TRIGGER product_price_changed ON product;
DROP FUNCTION product_price_changed();
DROP TABLE price_history;

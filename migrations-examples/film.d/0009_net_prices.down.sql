UPDATE order_line SET price_cents = round(price_cents * 1.19) WHERE order_id % 2 = 0;
ALTER TABLE customer_order DROP COLUMN total_cents;

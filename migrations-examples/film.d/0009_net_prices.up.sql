-- Prices become net of tax, and orders know their total.
ALTER TABLE customer_order ADD COLUMN total_cents INTEGER NOT NULL DEFAULT 0;
UPDATE order_line SET price_cents = round(price_cents / 1.19) WHERE order_id % 2 = 0;
UPDATE customer_order
SET total_cents = (SELECT coalesce(sum(l.price_cents), 0) FROM order_line l WHERE l.order_id = customer_order.id);

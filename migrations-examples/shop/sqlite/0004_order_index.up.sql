CREATE INDEX customer_order_customer ON customer_order (customer_id, placed_at);

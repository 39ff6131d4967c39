DROP TABLE order_line;
DROP TABLE customer_order;
DROP TYPE order_state;

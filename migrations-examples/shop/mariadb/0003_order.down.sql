DROP TABLE order_line;
DROP TABLE customer_order;

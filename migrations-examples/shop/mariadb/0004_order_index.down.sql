DROP INDEX customer_order_placed ON customer_order;

DROP INDEX customer_order_customer;

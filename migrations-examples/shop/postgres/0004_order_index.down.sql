-- rollcall: transaction=off
DROP INDEX CONCURRENTLY customer_order_customer;

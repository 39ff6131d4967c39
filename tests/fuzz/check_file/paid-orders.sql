-- Every paid order has one payment over its amount.
-- rollcall: check=match key=order_id truth=left about="orders that were paid, and what was paid for them"
-- rollcall: late=changed_at grace=5m

-- rollcall: side=left service=orders
select id as order_id, cast(round(amount * 100) as integer) as amount_cents, changed_at from orders where state = 'paid';

-- rollcall: side=right service=payments table=payment
select order_id, amount_cents, paid_at as changed_at from payment;

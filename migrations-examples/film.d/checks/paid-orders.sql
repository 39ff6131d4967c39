-- What an order comes to is what was paid for it.
-- rollcall: check=match key=order_id truth=right about="paid orders, and the payments for them"

-- rollcall: side=left service=shop
select o.id as order_id, sum(l.quantity * l.price_cents) as amount_cents
from customer_order o join order_line l on l.order_id = o.id
where o.state = 'paid' group by o.id;

-- rollcall: side=right service=billing table=payment
select order_id, amount_cents from payment;

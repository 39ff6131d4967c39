-- Nobody pays nothing.
-- rollcall: check=invariant service=payments key=order_id
select order_id from payment where amount_cents <= 0;

-- Debits equal credits, and so they do in sum.
-- rollcall: check=invariant name=books-balance service=ledger agree=debit,credit
select sum(debit_cents) as debit, sum(credit_cents) as credit from entry;

-- What was booked as cash is what was paid.
-- rollcall: check=invariant name=cash-is-paid
-- rollcall: side=left service=ledger
select sum(debit_cents - credit_cents) as cents from entry where account = 'cash';
-- rollcall: side=right service=payments
select sum(amount_cents) as cents from payment;

-- The balances are what the entries add up to.
-- rollcall: check=replay key=account service=ledger
-- rollcall: side=events
select account, sum(debit_cents - credit_cents) as cents from entry group by account;
-- rollcall: side=state table=balance
select account, cents from balance;

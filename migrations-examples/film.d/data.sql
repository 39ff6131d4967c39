-- 50,000 orders of 5,000 customers, two lines each, and what was paid for them: the same rows every time.
ATTACH 'billing.db' AS billing;
CREATE TABLE billing.payment (order_id INTEGER PRIMARY KEY, amount_cents INTEGER NOT NULL);
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
INSERT INTO product (sku, title, price_cents) SELECT 'P' || i, 'Thing ' || i, 99 + (i * 7919) % 9000 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
INSERT INTO customer (id, given_name, family_name, email)
SELECT i, 'Given' || i, 'Family' || (i * 31) % 997, 'c' || i || '@example.org' FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
INSERT INTO customer_order (id, customer_id, state) SELECT i, 1 + (i * 13) % 5000, 'paid' FROM n;
INSERT INTO order_line (order_id, line, sku, quantity, price_cents)
SELECT o.id, l.line, p.sku, 1 + (o.id + l.line) % 3, p.price_cents
FROM customer_order o, (SELECT 1 AS line UNION ALL SELECT 2) l
JOIN product p ON p.sku = 'P' || (1 + (o.id * 17 + l.line * 101) % 500);
INSERT INTO billing.payment SELECT order_id, sum(quantity * price_cents) FROM order_line GROUP BY order_id;
COMMIT;

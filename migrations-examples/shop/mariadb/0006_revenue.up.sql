CREATE VIEW revenue AS
SELECT o.customer_id, sum(l.quantity * l.price_cents) AS cents
FROM customer_order o
JOIN order_line l ON l.order_id = o.id
WHERE o.state IN ('paid', 'shipped')
GROUP BY o.customer_id;

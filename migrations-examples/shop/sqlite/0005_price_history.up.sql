CREATE TABLE price_history (
    sku         TEXT NOT NULL,
    price_cents INTEGER NOT NULL,
    changed_at  TEXT NOT NULL DEFAULT (datetime('now'))
);

CREATE TRIGGER product_price_changed
AFTER UPDATE OF price_cents ON product
WHEN old.price_cents <> new.price_cents
BEGIN
    INSERT INTO price_history (sku, price_cents) VALUES (old.sku, old.price_cents);
END;

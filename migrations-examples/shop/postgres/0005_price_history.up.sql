CREATE TABLE price_history (
    sku         text NOT NULL,
    price_cents bigint NOT NULL,
    changed_at  timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION product_price_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO price_history (sku, price_cents) VALUES (old.sku, old.price_cents);
    RETURN NULL;
END
$$;

CREATE TRIGGER product_price_changed
AFTER UPDATE OF price_cents ON product
FOR EACH ROW WHEN (old.price_cents <> new.price_cents)
EXECUTE FUNCTION product_price_changed();

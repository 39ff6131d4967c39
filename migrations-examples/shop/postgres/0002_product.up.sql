CREATE TABLE product (
    sku         text PRIMARY KEY,
    title       text NOT NULL,
    price_cents bigint NOT NULL CHECK (price_cents >= 0)
);

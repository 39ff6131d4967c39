CREATE TABLE product (
    sku         varchar(40) PRIMARY KEY,
    title       varchar(200) NOT NULL,
    price_cents bigint NOT NULL CHECK (price_cents >= 0)
);

CREATE TABLE customer_order (
    id          bigint AUTO_INCREMENT PRIMARY KEY,
    customer_id bigint NOT NULL,
    state       enum ('open', 'paid', 'shipped', 'cancelled') NOT NULL DEFAULT 'open',
    placed_at   timestamp(6) NOT NULL DEFAULT current_timestamp(6),
    CONSTRAINT order_has_customer FOREIGN KEY (customer_id) REFERENCES customer (id)
);

CREATE TABLE order_line (
    order_id    bigint NOT NULL,
    line        integer NOT NULL,
    sku         varchar(40) NOT NULL,
    quantity    integer NOT NULL CHECK (quantity > 0),
    price_cents bigint NOT NULL,
    PRIMARY KEY (order_id, line),
    CONSTRAINT line_has_order FOREIGN KEY (order_id) REFERENCES customer_order (id) ON DELETE CASCADE,
    CONSTRAINT line_has_product FOREIGN KEY (sku) REFERENCES product (sku)
);

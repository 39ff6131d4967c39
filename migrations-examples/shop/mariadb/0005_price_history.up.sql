CREATE TABLE price_history (
    id          bigint AUTO_INCREMENT PRIMARY KEY,
    sku         varchar(40) NOT NULL,
    price_cents bigint NOT NULL,
    changed_at  timestamp(6) NOT NULL DEFAULT current_timestamp(6)
);

DELIMITER //
CREATE TRIGGER product_price_changed AFTER UPDATE ON product
FOR EACH ROW
BEGIN
    IF old.price_cents <> new.price_cents THEN
        INSERT INTO price_history (sku, price_cents) VALUES (old.sku, old.price_cents);
    END IF;
END//
DELIMITER ;

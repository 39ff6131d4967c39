CREATE TABLE customer (
    id         bigint AUTO_INCREMENT PRIMARY KEY,
    name       varchar(200) NOT NULL DEFAULT '',
    email      varchar(200) NOT NULL UNIQUE,
    created_at timestamp(6) NOT NULL DEFAULT current_timestamp(6)
);

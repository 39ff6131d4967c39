create table payment (order_id integer primary key, amount_cents integer not null, paid_at text not null);
insert into payment values (1, 1990, '2026-03-01 10:01:00'), (2, 550, '2026-03-01 10:06:00'), (3, 750, '2026-03-01 11:00:00');

create table orders (id integer primary key, state text not null, amount numeric not null, changed_at text not null);
insert into orders values
    (1, 'paid', 19.90, '2026-03-01 10:00:00'), (2, 'paid', 5.00, '2026-03-01 10:05:00'),
    (3, 'open', 7.50, '2026-03-01 11:00:00'), (4, 'paid', 120.00, '2026-03-02 09:30:00');

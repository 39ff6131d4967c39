create table entry (id integer primary key, account text not null, debit_cents integer not null, credit_cents integer not null);
create table balance (account text primary key, cents integer not null);
insert into entry values (1, 'cash', 1990, 0), (2, 'sales', 0, 1990), (3, 'cash', 500, 0), (4, 'sales', 0, 500);
insert into balance values ('cash', 2490), ('sales', -2450);

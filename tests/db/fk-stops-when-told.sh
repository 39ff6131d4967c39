# engines: pg
# A check that takes long ends at once when it is told to, on the server too.
sql "create table p (id int primary key); create table c (id int primary key, p int);
     insert into p select n from generate_series(1, 20000) n; insert into c select n, n from generate_series(1, 200000) n;
     alter table c add constraint c_p foreign key (p) references p not valid"
for join in hashjoin mergejoin indexscan bitmapscan indexonlyscan; do
    sql "alter database $DATABASE set enable_$join = off"
done
rollcall fk --db "$URL" >out 2>err &
pid[fk]=$!
wait_until psql -qXAt "$ROLLCALL_TEST_PG" -c "select 1 / count(*) from pg_stat_activity where datname = '$DATABASE' and query like '%NOT EXISTS%' and state = 'active'"
kill -INT "${pid[fk]}"
got=0
wait "${pid[fk]}" || got=$?
[ "$got" -ne 0 ] || fail 'it came to its end'
wait_until psql -qXAt "$ROLLCALL_TEST_PG" -c "select 1 / (case when count(*) = 0 then 1 else 0 end) from pg_stat_activity where datname = '$DATABASE'"

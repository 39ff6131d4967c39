# Every way we know to write into a frozen table: each is stopped, or the freeze says beforehand that it is open; none passes
# in silence. A line is NAME | WHAT | SQL: WHAT is "stopped", or the hole that has to be on the list. The guard closes some.
if [ "$ENGINE" = mariadb ]; then case $(rows 'select version()') in *MariaDB*) ;; *) skip 'MariaDB only' ;; esac; fi
shopt -s extglob
n_stopped=0
n_holes=0
n_guarded=0
targets=a,c,h
freeze() { run 0 freeze --apart 10ms --reason 'on purpose' "$@"; }

# client USER: runs the statements on stdin in one session of the engine's own client; fails when one of them does.
client() {
    case $ENGINE in
    sqlite) sqlite3 -bail -cmd '.timeout 1000' "${URL#sqlite:}" ;;
    pg) PGOPTIONS='-c lock_timeout=400' psql -qXAt -v ON_ERROR_STOP=1 "${URL/postgres@/$1@}" ;;
    mariadb)
        local user=root
        [ "$1" = postgres ] || user=$1
        { echo 'set lock_wait_timeout = 1, innodb_lock_wait_timeout = 1;'; cat; } |
            mariadb --no-defaults -u"$user" -S "$ROLLCALL_TEST_MARIADB_SOCKET" --local-infile=1 -N -B "$DATABASE"
        ;;
    esac
}

# What the frozen tables hold.
state() {
    case $ENGINE in
    pg) rows "select 'a', a::text from a union all select 'c', c::text from only c union all select 'h', h::text from h
              union all select 'i', i::text from i order by 1, 2" 2>&1 || true ;;
    mariadb) rows "select 'a', id, x, g_id from a union all select 'h', id, x, 0 from h union all select 'c', id, p_id, 0 from c order by 1, 2" 2>&1 || true ;;
    sqlite) rows "select 'a', id, x, g_id from a union all select 'h', id, x, 0 from h union all select 'c', id, p_id, 0 from c
                  union all select 'f', rowid, x, 0 from f order by 1, 2" 2>&1 || true ;;
    esac
}

is_guarded() { [ "$(jq -r .frozen guard.out 2>/dev/null)" = true ]; }
holes() { jq -r '.tables[].holes[]' holes.json | sed 's/:.*//' | sort -u | paste -sd' '; }

# attempt NAME WHAT SQL: as the user "app" where the name begins with "app", else as whoever may do most.
attempt() {
    local case=$1 what=$2 sql=$3 user=postgres got=0
    case $case in app*) user=app ;; esac
    state >before
    printf '%s\n' "${sql//\\n/$'\n'}" | timeout 20 bash -c "$(declare -f client); client $user" >attempt.log 2>&1 || got=$?
    state >after
    if cmp -s before after; then
        case $what in
        stopped) n_stopped=$((n_stopped + 1)) ;;
        guarded) [ $got != 0 ] || fail "$case: went through"; n_guarded=$((n_guarded + 1)) ;;
        *) fail "$case: expected to go through the hole '$what': $(cat attempt.log)" ;;
        esac
        return
    fi
    case " $(holes) " in *" $what "*) ;; *) fail "$case: WRITTEN, and no hole '$what' was reported ($(holes)): $(cat attempt.log; diff before after)" ;; esac
    n_holes=$((n_holes + 1))
}

# Lines of the table on stdin.
attempts() {
    local name what sql
    while IFS='|' read -r name what sql; do
        name=${name%%+( )}
        what=${what##+( )}
        sql=${sql##+( )}
        case $name in '' | '#'*) continue ;; esac
        attempt "$name" "${what%%+( )}" "$sql"
    done
}

# A hole changes what was frozen: each begins with a freeze of its own, and the proof has to notice afterwards.
through_holes() {
    local name what sql got
    while IFS='|' read -r name what sql; do
        name=${name%%+( )}
        what=${what##+( )}
        sql=${sql##+( )}
        case $name in '' | '#'*) continue ;; esac
        rebuild
        freeze --tables "$targets" --json
        cp out holes.json
        attempt "$name" "${what%%+( )}" "$sql"
        got=0
        rollcall freeze --prove --apart 10ms --db "$URL" --dir m >out 2>err || got=$?
        [ $got = 1 ] || fail "$name: freeze --prove does not notice (exit $got)"
        run 0 thaw
    done
}

# -- PostgreSQL --------------------------------------------------------------------------------------------

rebuild_pg() {
    client postgres >/dev/null 2>build.log <<'SQL' || fail "$(cat build.log)"
drop schema public cascade; create schema public; grant all on schema public to public;
drop schema if exists rollcall cascade;
do $$ begin if not exists (select from pg_roles where rolname = 'app') then create role app login; end if; end $$;
create table g (id int primary key);
create table a (id int primary key, x text, g_id int references g on delete cascade on update cascade);
create table n (id int primary key);
create table c (id int primary key, n_id int references n on delete set null, x text);
create table c1 () inherits (c);
create table h (id int, x text, primary key (id)) partition by range (id);
create table h1 partition of h for values from (0) to (100);
create table h2 partition of h for values from (100) to (200) partition by range (id);
create table h21 partition of h2 for values from (100) to (150);
create table i (id int generated always as identity primary key, x text);
create table o (id int);
create view v as select id, x from a;
create view w as select id, x from a;
create function w_insert() returns trigger language plpgsql as 'begin insert into a values (new.id, new.x); return new; end';
create trigger w_insert instead of insert on w for each row execute function w_insert();
create function o_insert() returns trigger language plpgsql as 'begin insert into a values (new.id, ''by trigger''); return new; end';
create trigger o_insert after insert on o for each row execute function o_insert();
create function by_definer() returns void language sql security definer as 'insert into a values (77, ''definer'')';
create rule into_a as on update to o do instead insert into a values (78, 'rule');
insert into g values (1), (2); insert into n values (1);
insert into a values (1, 'one', 1), (2, 'two', null);
insert into c values (1, 1, 'c'); insert into c1 values (2, 1, 'c1');
insert into h values (1, 'h1'), (101, 'h21'); insert into i (x) values ('i');
SQL
    true
}

bypass_pg() {
    client postgres >/dev/null 2>&1 <<<"delete from a where id = 0; grant select, insert, update, delete, truncate, trigger on all tables in schema public to app; create schema if not exists app authorization app;"
    # sessions that were open before, one idle with a prepared statement, one with an old snapshot
    mkfifo p.in q.in
    psql -qXAt "$URL" <p.in >p.out 2>&1 7>&- &
    exec 8>p.in
    psql -qXAt "$URL" <q.in >q.out 2>&1 7>&- 8>&- &
    exec 9>q.in
    printf "prepare s as insert into a values (50, 'prepared');\nselect 'ready';\n" >&8
    printf "begin isolation level repeatable read;\nselect count(*) from o;\nselect 'ready';\n" >&9
    wait_until grep -q ready p.out
    wait_until grep -q ready q.out
    targets=a,c,h,i
    freeze --tables $targets --json
    cp out holes.json
    json '[.tables[].table] | join(" ")' 'public.a public.c public.c1 public.h public.h1 public.h2 public.h21 public.i'
    json '.tables[0].views | join(" ")' 'public.v public.w'
    for fd in 8 9; do state >before; printf "execute s;\ninsert into a values (51, 'old snapshot');\ncommit;\nselect 'tried';\n" >&$fd; done
    wait_until grep -q tried p.out
    wait_until grep -q tried q.out
    exec 8>&- 9>&-
    state >after
    cmp -s before after || fail 'an open session wrote'
    n_stopped=$((n_stopped + 2))
    attempts <<'LINES'
app insert                     | stopped | insert into a values (3, 'x');
app insert of many             | stopped | insert into a select g, 'x' from generate_series(10, 20) g;
app insert default values      | stopped | insert into i default values;
app insert overriding          | stopped | insert into i overriding system value values (9, 'x');
app on conflict do update      | stopped | insert into a values (1, 'x') on conflict (id) do update set x = 'x';
app on conflict do nothing     | stopped | insert into a values (4, 'x') on conflict do nothing;
app update                     | stopped | update a set x = 'x';
app update from                | stopped | update a set x = 'x' from g where g.id = a.g_id;
app delete                     | stopped | delete from a;
app delete using               | stopped | delete from a using g where g.id = a.g_id;
app merge                      | stopped | merge into a using (values (1)) s (id) on a.id = s.id when matched then update set x = 'm';
app merge delete               | stopped | merge into a using (values (1)) s (id) on a.id = s.id when matched then delete;
app copy                       | stopped | copy a (id, x) from program 'echo 5'; 
copy from program              | stopped | copy a (id, x) from program 'printf "5\tx\n"';
copy freeze                    | stopped | begin; copy a (id, x) from program 'printf "6\tx\n"' with (freeze); commit;
app writable cte               | stopped | with t as (insert into a values (7, 'x') returning 1) select * from t;
app truncate                   | stopped | truncate a;
app truncate a partition       | stopped | truncate h1;
app truncate the whole         | stopped | truncate h;
app truncate many              | stopped | truncate o, a;
truncate cascade               | stopped | truncate g cascade;
app cascade of delete          | stopped | delete from g;
app cascade of update          | stopped | update g set id = id + 10 where id = 1;
app cascade that sets null     | stopped | delete from n;
app view                       | stopped | update v set x = 'x';
app view with trigger          | stopped | insert into w values (8, 'x');
app rule                       | stopped | update o set id = 1;
app trigger elsewhere          | stopped | insert into o values (9);
app security definer           | stopped | select by_definer();
app swallowed error            | stopped | do $$ begin insert into a values (9, 'x'); exception when others then null; end $$;
app savepoint                  | stopped | begin; savepoint s; insert into a values (9, 'x'); rollback to s; commit;
app partition directly         | stopped | insert into h1 values (2, 'x');
app partition of a partition   | stopped | insert into h21 values (102, 'x');
app routed                     | stopped | insert into h values (3, 'x');
app moved between partitions   | stopped | update h set id = 120 where id = 1;
app inherited child            | stopped | insert into c1 values (3, 1, 'x');
app child through its parent   | stopped | update c set x = 'x';
app only the parent            | stopped | delete from only c;
partition made afterwards      | stopped | create table h3 partition of h for values from (200) to (300); insert into h values (201, 'x');
the new one directly           | stopped | insert into h3 values (202, 'x');
partition taken off            | stopped | alter table h detach partition h3; begin; alter table h detach partition h1; insert into h1 values (5, 'x'); commit;
superuser insert               | stopped | insert into a values (3, 'x');
replica role                   | stopped | set session_replication_role = replica; insert into a values (3, 'x');
replica role, truncate         | stopped | set session_replication_role = replica; truncate a;
replica role, cascade          | stopped | set session_replication_role = replica; delete from g; rollback;
row security                   | stopped | set row_security = off; delete from a;
app forged setting             | stopped | set rollcall.pass = 'x'; set rollcall.op = 'x'; insert into a values (3, 'x');
app pass                       | stopped | insert into rollcall.freeze_pass values (pg_backend_pid(), ''); insert into a values (3, 'x');
app other's pass               | stopped | begin; insert into a values (3, 'x'); commit;
app function replaced          | stopped | create or replace function rollcall.freeze_check() returns trigger language plpgsql as 'begin return new; end'; insert into a values (3, 'x');
app trigger switched off       | stopped | alter table a disable trigger all; insert into a values (3, 'x');
app trigger dropped            | stopped | drop trigger rollcall_freeze on a; insert into a values (3, 'x');
app registry dropped           | stopped | drop schema rollcall cascade;
app trigger that comes first   | stopped | create function app.skip() returns trigger language plpgsql as 'begin return null; end'; create trigger "A" before insert on a for each row execute function app.skip(); insert into a values (3, 'x');
app search path                | stopped | create function app.pg_backend_pid() returns int language sql as 'select 1'; create function app.yes(text, text) returns bool language sql as 'select true'; create operator app.<> (leftarg = text, rightarg = text, function = app.yes); set search_path = app, public, pg_catalog; insert into public.a values (3, 'x');
app temporary shadow           | stopped | create temp table freeze_pass (session int8, secret text); insert into freeze_pass select pg_backend_pid(), ''; insert into public.a values (3, 'x');
app parallel session           | stopped | set default_transaction_read_only = off; insert into a values (3, 'x');
LINES
    run 0 freeze --prove --apart 10ms
    run 0 thaw
    # a transaction that waits for its second phase, a subscription: no trigger stops what they bring
    client postgres <<<"begin; insert into i (x) values ('2pc'); prepare transaction 'half';" || fail 'no prepared transaction'
    run 3 freeze --tables i
    says "COMMIT PREPARED 'half'; or ROLLBACK PREPARED 'half'"
    client postgres <<<"rollback prepared 'half';"
    run 0 freeze --tables i --apart 10ms
    run 0 thaw
    # shellcheck disable=SC2016
    client postgres <<<"create subscription feed connection 'host=127.0.0.1 port=1 dbname=none' publication p with (connect = false); insert into pg_subscription_rel (srsubid, srrelid, srsubstate) select s.oid, 'i'::regclass, 'r' from pg_subscription s where subname = 'feed'; update pg_subscription set subenabled = true where subname = 'feed';" >log 2>&1 || fail "$(cat log)"
    run 3 freeze --tables i
    says 'ALTER SUBSCRIPTION feed DISABLE'
    client postgres <<<"alter subscription feed disable; alter subscription feed set (slot_name = none); drop subscription feed;" >log 2>&1 || fail "$(cat log)"
    n_stopped=$((n_stopped + 2))

    through_holes <<'LINES'
trigger switched off           | ddl       | alter table a disable trigger all; insert into a values (3, 'x');
trigger dropped                | ddl       | drop trigger rollcall_freeze on a; insert into a values (3, 'x');
trigger not for replicas       | ddl       | alter table a enable trigger rollcall_freeze; set session_replication_role = replica; insert into a values (3, 'x');
rewritten by a new type        | ddl       | drop rule into_a on o; drop view v, w; alter table a alter x type text using upper(x);
column dropped                 | ddl       | alter table a drop x cascade;
table dropped                  | ddl       | drop table a cascade;
table renamed                  | ddl       | alter table a rename to a_old; create table a (id int, x text, g_id int);
new child with rows            | ddl       | create table a9 () inherits (a); insert into a9 values (90, 'x');
partition attached with rows   | ddl       | create table h9 (id int not null, x text); insert into h9 values (901, 'x'); alter table h attach partition h9 for values from (900) to (999);
function replaced              | function  | create or replace function rollcall.freeze_check() returns trigger language plpgsql as 'begin return new; end'; insert into a values (3, 'x');
pass of one's own              | function  | insert into rollcall.freeze_pass values (pg_backend_pid(), ''); insert into a values (3, 'x');
registry dropped               | function  | drop schema rollcall cascade; insert into a values (3, 'x');
catalogue edited               | superuser | update pg_trigger set tgenabled = 'D' where tgname = 'rollcall_freeze'; insert into a values (3, 'x');
LINES

    rebuild_pg
    start guard freeze --hold --apart 10ms --json
    wait_until is_guarded
    cp guard.out holes.json
    [ "$(jq -r '[.tables[].layers[] | select(. == "guarded")] | length > 0' holes.json)" = true ] || fail 'not guarded'
    case " $(holes) " in *' ddl '*) fail 'ddl is a hole in spite of the guard' ;; esac
    attempts <<'LINES'
trigger switched off           | guarded | alter table a disable trigger all;
trigger dropped                | guarded | drop trigger rollcall_freeze on a;
rewritten by a new type        | guarded | alter table a alter x type text using upper(x);
table dropped                  | guarded | drop table a cascade;
table renamed                  | guarded | alter table a rename to a_old;
new child with rows            | guarded | create table a9 () inherits (a);
partition attached with rows   | guarded | create table h9 (id int not null, x text); alter table h attach partition h9 for values from (900) to (999);
partition taken off            | guarded | alter table h detach partition h1;
insert                         | guarded | insert into a values (3, 'x');
truncate                       | guarded | truncate a;
replica role                   | guarded | set session_replication_role = replica; insert into a values (3, 'x');
LINES
    expect "select count(*) from a" 2
    kill -INT "${pid[guard]}"
    finish guard 0
}

# -- MariaDB -----------------------------------------------------------------------------------------------

rebuild_mariadb() {
    {
        echo "drop database if exists $DATABASE; create database $DATABASE; use $DATABASE; create or replace user app; grant select, insert, update, delete on $DATABASE.* to app; grant execute on $DATABASE.* to app;"
        cat <<'SQL'
create table gg (id int primary key);
create table g (id int primary key, gg_id int, foreign key (gg_id) references gg (id) on delete cascade);
create table a (id int primary key, x varchar(40), g_id int, foreign key (g_id) references g (id) on delete cascade on update cascade);
create table p (id int primary key);
create table c (id int primary key, p_id int, foreign key (p_id) references p (id) on delete set null);
create table h (id int primary key, x varchar(40)) partition by range (id) (partition h1 values less than (100), partition h2 values less than (200));
create table o (id int);
create view v as select id, x from a;
create trigger o_insert after insert on o for each row insert into a values (new.id, 'by trigger', null);
create procedure by_procedure() insert into a values (77, 'procedure', null);
insert into gg values (1); insert into g values (1, 1), (2, null); insert into p values (1);
insert into a values (1, 'one', 1), (2, 'two', null); insert into c values (1, 1); insert into h values (1, 'h1'), (101, 'h2');
SQL
    } | mariadb --no-defaults -uroot -S "$ROLLCALL_TEST_MARIADB_SOCKET" >build.log 2>&1 || fail "$(cat build.log)"
}

bypass_mariadb() {
    printf '5\tx\t\\N\n' >rows.txt
    mkfifo p.in
    mariadb --no-defaults -uroot -S "$ROLLCALL_TEST_MARIADB_SOCKET" -N -B --unbuffered --force "$DATABASE" <p.in >p.out 2>&1 &
    exec 8>p.in
    printf "prepare s from \"insert into a values (50, 'prepared', null)\";\nstart transaction;\nselect 'ready';\n" >&8
    wait_until grep -q ready p.out
    freeze --tables $targets --json
    cp out holes.json
    json '[.tables[] | select(.rows) | .table] | join(" ")' 'a c h'
    json '[.tables[] | select(.rows | not) | .table] | join(" ")' 'g gg p'
    json '.tables[0].views | join(" ")' v
    state >before
    printf "execute s;\ninsert into a values (51, 'open', null);\ncommit;\nselect 'tried';\n" >&8
    wait_until grep -q tried p.out
    exec 8>&-
    state >after
    cmp -s before after || fail 'an open session wrote'
    n_stopped=$((n_stopped + 2))
    attempts <<LINES
app insert                     | stopped | insert into a values (3, 'x', null);
app insert ignore              | stopped | insert ignore into a values (3, 'x', null);
app insert set                 | stopped | insert into a set id = 3;
app insert select              | stopped | insert into a select 3, 'x', null;
app insert of many             | stopped | insert into a values (3, 'x', null), (4, 'x', null);
app on duplicate key           | stopped | insert into a values (1, 'x', null) on duplicate key update x = 'x';
app on duplicate key, ignore   | stopped | insert ignore into a values (1, 'x', null) on duplicate key update x = 'x';
app replace                    | stopped | replace into a values (1, 'x', null);
app replace select             | stopped | replace into a select 1, 'x', null;
app update                     | stopped | update a set x = 'x';
app update ignore              | stopped | update ignore a set x = 'x';
app update of two tables       | stopped | update a join g on g.id = a.g_id set a.x = 'x';
app delete                     | stopped | delete from a;
app delete ignore              | stopped | delete ignore from a;
app delete quick               | stopped | delete quick from a;
app delete from two tables     | stopped | delete a, g from a join g on g.id = a.g_id;
app delete returning           | stopped | delete from a returning id;
app load data                  | stopped | load data local infile '$PWD/rows.txt' into table a;
app load data replace          | stopped | load data local infile '$PWD/rows.txt' replace into table a;
app load data ignore           | stopped | load data local infile '$PWD/rows.txt' ignore into table a;
app view                       | stopped | update v set x = 'x';
app view, insert               | stopped | insert into v values (9, 'x');
app procedure                  | stopped | call by_procedure();
app trigger elsewhere          | stopped | insert into o values (9);
app cascade of delete          | stopped | delete from g where id = 1;
app cascade of delete, ignore  | stopped | delete ignore from g where id = 1;
app cascade of two             | stopped | delete from gg;
app cascade of update          | stopped | update g set id = 10 where id = 1;
app cascade by replace         | stopped | replace into g values (1, null);
app cascade that sets null     | stopped | delete from p;
app keys switched off          | stopped | set foreign_key_checks = 0; delete from g where id = 1; insert into g values (1, 1);
app partition                  | stopped | insert into h partition (h1) values (2, 'x');
app moved between partitions   | stopped | update h set id = 120 where id = 1;
app checks switched off        | stopped | set unique_checks = 0, check_constraint_checks = 0; insert into a values (3, 'x', null);
app other mode                 | stopped | set sql_mode = ''; insert into a values (3, 'x', null);
app xa                         | stopped | xa start 'x'; insert into a values (3, 'x', null); xa end 'x'; xa prepare 'x'; xa commit 'x';
app forged secret              | stopped | set @rollcall_pass = 'x'; insert into a values (3, 'x', null);
app trigger dropped            | stopped | drop trigger if exists rollcall_freeze_a96faf705af16834_i; insert into a values (3, 'x', null);
app truncate                   | stopped | truncate a;
app alter                      | stopped | alter table a drop x;
app lock tables                | stopped | lock tables a write; insert into a values (3, 'x', null);
root insert                    | stopped | insert into a values (3, 'x', null);
root without a log             | stopped | set sql_log_bin = 0; insert into a values (3, 'x', null);
root lock tables               | stopped | lock tables a write, rollcall_freeze_pass read; insert into a values (3, 'x', null);
LINES
    run 0 freeze --prove --apart 10ms
    run 0 thaw
    printf "xa start 'half'; insert into o values (1); xa end 'half'; xa prepare 'half';" | sed 's/insert into o/insert into p/; s/(1)/(9)/' | client root || fail 'no XA'
    run 3 freeze --tables a
    says "XA COMMIT 'half'; or XA ROLLBACK 'half'"
    client root <<<"xa rollback 'half';"
    n_stopped=$((n_stopped + 1))

    through_holes <<'LINES'
truncate                       | truncate | truncate a;
truncate a partition           | truncate | alter table h truncate partition h1;
drop a partition               | ddl      | alter table h drop partition h1;
trigger dropped                | ddl      | drop trigger rollcall_freeze_a96faf705af16834_i; insert into a values (3, 'x', null);
cascade opened again           | ddl      | drop trigger rollcall_freeze_6c55a0c73e6b89e1_pd; delete from g where id = 1;
trigger replaced               | ddl      | create or replace trigger rollcall_freeze_a96faf705af16834_i before insert on a for each row set @x = 1; insert into a values (3, 'x', null);
column dropped                 | ddl      | alter table a drop x; alter table a add x varchar(40);
table renamed                  | ddl      | rename table a to a_old; create table a (id int primary key, x varchar(40), g_id int);
table dropped                  | ddl      | drop table a; create table a (id int primary key, x varchar(40), g_id int);
pass of one's own              | pass     | set @rollcall_pass = 'x'; insert into rollcall_freeze_pass values (connection_id(), sha2('x', 256)); insert into a values (3, 'x', null);
LINES

    rebuild_mariadb
    start guard freeze --hold --apart 10ms --json
    wait_until is_guarded
    cp guard.out holes.json
    case " $(holes) " in *' ddl '* | *' truncate '*) fail 'a hole in spite of the guard' ;; esac
    attempts <<'LINES'
truncate                       | guarded | truncate a;
truncate a partition           | guarded | alter table h truncate partition h1;
trigger dropped                | guarded | drop trigger rollcall_freeze_a96faf705af16834_i;
table renamed                  | guarded | rename table a to a_old;
table dropped                  | guarded | set foreign_key_checks = 0; drop table a;
column dropped                 | guarded | alter table a drop x;
insert                         | guarded | insert into a values (3, 'x', null);
LINES
    kill -INT "${pid[guard]}"
    finish guard 0
}

# -- SQLite ------------------------------------------------------------------------------------------------

rebuild_sqlite() {
    rm -f "${URL#sqlite:}"*
    client x >build.log 2>&1 <<'SQL' || fail "$(cat build.log)"
create table g (id integer primary key);
create table a (id integer primary key, x text unique, g_id integer references g (id) on delete cascade on update cascade);
create table p (id integer primary key);
create table c (id integer primary key, p_id integer references p (id) on delete set null);
create table h (id text primary key, x text) without rowid;
create virtual table f using fts5 (x);
create table o (id integer);
create view v as select id, x from a;
create trigger v_insert instead of insert on v begin insert into a (id, x) values (new.id, new.x); end;
create trigger o_insert after insert on o begin insert into a (id, x) values (new.id, 'by trigger'); end;
insert into g values (1), (2); insert into p values (1);
insert into a values (1, 'one', 1), (2, 'two', null); insert into c values (1, 1); insert into h values ('1', 'h'); insert into f values ('f');
SQL
}

bypass_sqlite() {
    mkfifo p.in
    sqlite3 "${URL#sqlite:}" <p.in >p.out 2>&1 &
    exec 8>p.in
    printf "select 'ready' from a limit 1;\n" >&8
    wait_until grep -q ready p.out
    printf '7,x,\n' >rows.csv
    freeze --tables $targets --json
    cp out holes.json
    json '.tables[0].views | join(" ")' v
    state >before
    printf "insert into a values (50, 'open', null);\nselect 'tried';\n" >&8
    wait_until grep -q tried p.out
    exec 8>&-
    state >after
    cmp -s before after || fail 'an open session wrote'
    n_stopped=$((n_stopped + 1))
    attempts <<LINES
insert                         | stopped | insert into a values (3, 'x', null);
insert or ignore               | stopped | insert or ignore into a values (3, 'x', null);
insert or replace              | stopped | insert or replace into a values (1, 'x', null);
replace that removes another   | stopped | replace into a values (3, 'one', null);
insert or rollback             | stopped | insert or rollback into a values (3, 'x', null);
insert or fail                 | stopped | insert or fail into a values (3, 'x', null);
upsert                         | stopped | insert into a values (1, 'x', null) on conflict (id) do update set x = 'x';
upsert that does nothing       | stopped | insert into a values (3, 'x', null) on conflict do nothing;
insert select                  | stopped | insert into a select 3, 'x', null;
insert by a recursion          | stopped | with recursive n (i) as (select 10 union all select i + 1 from n where i < 20) insert into a select i, 'x' || i, null from n;
insert returning               | stopped | insert into a values (3, 'x', null) returning id;
update                         | stopped | update a set x = 'x' where id = 1;
update or ignore               | stopped | update or ignore a set x = 'x';
update or replace              | stopped | update or replace a set x = 'one';
update from                    | stopped | update a set x = 'x' from g where g.id = a.g_id;
update of the rowid            | stopped | update a set rowid = 99 where id = 1;
delete                         | stopped | delete from a where id = 1;
delete of all                  | stopped | delete from a;
without rowid                  | stopped | insert into h values ('2', 'x');
without rowid, replace         | stopped | replace into h values ('1', 'x');
cascade of delete              | stopped | pragma foreign_keys = on; delete from g;
cascade of update              | stopped | pragma foreign_keys = on; update g set id = 10 where id = 1;
cascade that sets null         | stopped | pragma foreign_keys = on; delete from p;
view                           | stopped | insert into v values (9, 'x');
trigger elsewhere              | stopped | insert into o values (9);
recursive triggers             | stopped | pragma recursive_triggers = on; replace into a values (1, 'x', null);
no recursive triggers          | stopped | pragma recursive_triggers = off; replace into a values (1, 'x', null);
checks switched off            | stopped | pragma ignore_check_constraints = on; insert into a values (3, 'x', null);
file attached elsewhere        | stopped | attach '${URL#sqlite:}' as other; insert into other.a values (3, 'x', null);
temporary shadow               | stopped | create temp table rollcall_freeze_pass (session, secret); insert into temp.rollcall_freeze_pass values (0, ''); insert into main.a values (3, 'x', null);
pass that is rolled back       | stopped | begin; insert into rollcall_freeze_pass values (0, ''); rollback; insert into a values (3, 'x', null);
import                         | stopped | .import --csv rows.csv a
untrusted schema               | stopped | pragma trusted_schema = off; insert into a values (3, 'x', null);
in a transaction               | stopped | begin immediate; insert into a values (3, 'x', null); commit;
LINES
    run 0 freeze --prove --apart 10ms
    run 0 thaw
    targets=a,c,h,f
    through_holes <<LINES
trigger dropped                | ddl        | drop trigger rollcall_freeze_a_i; insert into a values (3, 'x', null);
column dropped                 | ddl        | create table a2 as select id, 'y' as x, g_id from a; drop table a; alter table a2 rename to a;
schema edited                  | ddl        | .dbconfig defensive off\\n pragma writable_schema = on; delete from sqlite_master where name = 'rollcall_freeze_a_i'; pragma writable_schema = reset;\\n insert into a values (3, 'x', null);
pass of one's own              | ddl        | insert into rollcall_freeze_pass values (0, ''); insert into a values (3, 'x', null);
triggers off                   | connection | .dbconfig enable_trigger off\\n insert into a values (3, 'x', null);
virtual table                  | virtual    | insert into f values ('x');
file replaced                  | file       | .shell cp '${URL#sqlite:}' other.db && sqlite3 other.db 'drop trigger rollcall_freeze_a_i' "insert into a values (3, 'x', null)" && cp other.db '${URL#sqlite:}'
LINES
    rebuild_sqlite
    start guard freeze --hold --apart 10ms --json
    wait_until is_guarded
    cp guard.out holes.json
    case " $(holes) " in *' ddl '* | *' virtual '* | *' connection '*) fail 'a hole in spite of the guard' ;; esac
    attempts <<'LINES'
insert                         | guarded | insert into a values (3, 'x', null);
trigger dropped                | guarded | drop trigger rollcall_freeze_a_i;
pass of one's own              | guarded | insert into rollcall_freeze_pass values (0, '');
virtual table                  | guarded | insert into f values ('x');
table dropped                  | guarded | drop table a;
LINES
    kill -INT "${pid[guard]}"
    finish guard 0
}

rebuild() { "rebuild_$ENGINE"; }
rebuild
"bypass_$ENGINE"
echo "$ENGINE: $((n_stopped + n_holes + n_guarded)) attempts: $n_stopped stopped, $n_guarded stopped by the guard, $n_holes through holes that were reported"
[ $((n_stopped + n_holes + n_guarded)) -ge 45 ] || fail 'fewer attempts than there were'

-- Runs with its owner's rights, so that everybody is told the same; every name in it is qualified, so that a session's
-- search path cannot turn it. Arguments: id, what writers are told, when it ends by itself ('' never).
create or replace function rollcall.freeze_check() returns trigger language plpgsql security definer as $body$
begin
    if exists (
            select from rollcall.freeze_pass p
            where p.session operator(pg_catalog.=) pg_catalog.pg_backend_pid()::pg_catalog.int8)
        or (tg_argv[2] operator(pg_catalog.<>) ''
            and pg_catalog.clock_timestamp() operator(pg_catalog.>) tg_argv[2]::pg_catalog.timestamptz) then
        if tg_op operator(pg_catalog.=) 'DELETE' then
            return old;
        end if;
        return new;
    end if;
    raise exception using
        errcode = 'RC001',
        message = pg_catalog.format('%s on "%s.%s": %s', tg_op, tg_table_schema, tg_table_name, tg_argv[1]),
        detail = pg_catalog.format('Write freeze %s. Reading goes on.', tg_argv[0]),
        hint = 'Try again later. ''rollcall thaw'' ends the freeze from any machine; by hand: drop the triggers rollcall_freeze* of the table.',
        schema = tg_table_schema, table = tg_table_name;
end
$body$

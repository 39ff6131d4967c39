-- Takes away every hook with its triggers. A table with checks that wait for the commit cannot lose a trigger: they are
-- made now, which is what the commit would do.
do $rollcall$
declare
    hook text;
    hooks text[] := array(
        select format('%I.%I()', n.nspname, p.proname)
        from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        where n.nspname = 'rollcall' and p.proname like '%\_hook' and p.prorettype = 'pg_catalog.trigger'::pg_catalog.regtype);
begin
    if cardinality(hooks) > 0 then
        set constraints all immediate;
    end if;
    foreach hook in array hooks loop
        execute 'drop function ' || hook || ' cascade';
    end loop;
end $rollcall$

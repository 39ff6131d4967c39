-- The hook of one log. @LOG@, @SEQUENCE@: quoted names; @STACK@: beginning of a setting's name; @ACTIONS@: whether foreign
-- keys' actions update the table; @NAMES@: the columns; @CELLS@: what the log takes of each.
--
-- A statement's number is drawn before its first row, so that what triggers do to the same table meanwhile comes after it,
-- though it ends, and is logged, first. A setting of the transaction, which goes back with a savepoint, keeps the numbers
-- of the statements under way; the events of one statement (MERGE, ON CONFLICT, WITH) share theirs. Between two numbers
-- there is room for 2^33 places: the old rows of a statement come first.
--
-- What foreign keys' actions update counts as updated by the statement itself, and a row may come twice. Then the places
-- say the order: the two transition tables have the same, and an old row that an earlier update has made comes after it.
#variable_conflict use_variable
declare
    rc_stack text := '@STACK@' || tg_relid::text || '_';
    rc_depth text := pg_trigger_depth()::text;
    rc_open text := coalesce(current_setting(rc_stack || lower(tg_op), true), '');
    rc_number bigint;
    rc_rows bigint;
begin
    if tg_when = 'BEFORE' then
        select split_part(o.top, ':', 1)::bigint into rc_number
        from (select split_part(current_setting(rc_stack || e.op, true), ' ', 1)
              from (values ('insert'), ('update'), ('delete')) e (op) where e.op <> lower(tg_op)) o (top)
        where split_part(o.top, ':', 2) = rc_depth
        limit 1;
        perform set_config(rc_stack || lower(tg_op),
            coalesce(rc_number, nextval('@SEQUENCE@'))::text || ':' || rc_depth || ' ' || rc_open, true);
        return null;
    end if;
    rc_number := coalesce(nullif(split_part(rc_open, ':', 1), '')::bigint, nextval('@SEQUENCE@'));
    perform set_config(rc_stack || lower(tg_op), substr(rc_open, strpos(rc_open, ' ') + 1), true);
    if tg_op = 'UPDATE' and @ACTIONS@ then
        select count(*) into rc_rows from rc_old o;
        insert into @LOG@ (rc_seq, rc_new@NAMES@)
        with
        was as materialized (select row_number() over () as "rc_ place", o::text as "rc_ text", o.* from rc_old o),
        became as materialized (select row_number() over () as "rc_ place", o::text as "rc_ text", o.* from rc_became o)
        select rc_number + o."rc_ place"
            + case when b.place < o."rc_ place" then rc_rows + o."rc_ place" - 1 else 0 end, 0@CELLS@
        from was o
        left join (select b."rc_ text" as made, min(b."rc_ place") as place from became b group by 1) b
            on b.made = o."rc_ text"
        union all
        select rc_number + rc_rows + 2 * o."rc_ place", 1@CELLS@ from became o;
        return null;
    end if;
    if tg_op <> 'INSERT' then
        insert into @LOG@ (rc_seq, rc_new@NAMES@) select rc_number, 0@CELLS@ from rc_old o;
    end if;
    if tg_op <> 'DELETE' then
        insert into @LOG@ (rc_seq, rc_new@NAMES@) select rc_number + 4294967296, 1@CELLS@ from rc_became o;
    end if;
    return null;
end

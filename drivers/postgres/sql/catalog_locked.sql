-- Whether more may have changed than what stands on the locked relations: default privileges and event triggers
-- act on whatever is made, and what is locked but gone was dropped.
select '' as kind, '' as name, '' as owner_table, '' as text, '' as stored, 0 as position,
    exists (select from pg_default_acl)
    or exists (select from pg_event_trigger)
    or exists (
        select from locked l cross join unnest(l.oids) u (o)
        where not exists (select from pg_class c where c.oid = u.o)) as is_generated

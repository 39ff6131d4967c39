-- Whether more may have changed than what stands on the locked relations: default privileges and event triggers
-- act on whatever is made, and what is locked but gone was dropped. And whether there can be what catalog_rare.sql
-- reads: most of the time of a reading goes into starting it, so what is seldom there is not asked for.
select '' as kind, '' as name, '' as owner_table, '' as text, '' as stored,
    case when exists (select from rel v where v.relkind in ('v', 'm'))
            or (select max(d.objoid) from pg_description d) >= 16384
            or exists (select from pg_statistic_ext)
        then 1 else 0 end as position,
    exists (select from pg_default_acl)
    or exists (select from pg_event_trigger)
    or exists (
        select from locked l cross join unnest(l.oids) u (o)
        where (select c.oid from pg_class c where c.oid = u.o) is null) as is_generated

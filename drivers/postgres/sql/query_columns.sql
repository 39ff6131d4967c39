-- The columns of a query's result, given the oids of their types ($1) and the modifiers ($2): as in dump_columns.sql,
-- then the type's name and what describe.sql tells of it. Domains have given way to the types beneath already.
select c.place::text,
    case when y.typnamespace = 'pg_catalog'::regnamespace and y.oid < 16384 then y.typname else '' end,
    y.typtype::text,
    coalesce(case when y.typcategory = 'A' then e.typname end, ''),
    coalesce(s.typname, ''),
    format_type(c.typid, c.typmod),
    y.typname || ' ' || y.typtype::text || ' ' || y.typcategory::text || ' ' || c.typmod
from unnest($1::oid[], $2::int4[]) with ordinality c (typid, typmod, place)
join pg_type y on y.oid = c.typid
left join pg_type e on e.oid = y.typelem and e.typnamespace = 'pg_catalog'::regnamespace and e.oid < 16384
left join pg_range r on r.rngtypid = y.oid
left join pg_type s on s.oid = r.rngsubtype and s.typnamespace = 'pg_catalog'::regnamespace and s.oid < 16384
order by c.place

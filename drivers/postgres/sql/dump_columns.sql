-- The columns of one table with the type beneath all domains: its name when it is built in, else ''; what an array's
-- elements or a range's bounds are; whether it is an enumeration.
with recursive down (attname, typid) as (
    select a.attname, a.atttypid
    from pg_attribute a
    where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped
    union all
    select d.attname, y.typbasetype
    from down d join pg_type y on y.oid = d.typid and y.typtype = 'd'
)
select d.attname,
    case when y.typnamespace = 'pg_catalog'::regnamespace and y.oid < 16384 then y.typname else '' end,
    y.typtype::text,
    coalesce(case when y.typcategory = 'A' then e.typname end, ''),
    coalesce(s.typname, '')
from down d
join pg_type y on y.oid = d.typid and y.typtype <> 'd'
left join pg_type e on e.oid = y.typelem and e.typnamespace = 'pg_catalog'::regnamespace and e.oid < 16384
left join pg_range r on r.rngtypid = y.oid
left join pg_type s on s.oid = r.rngsubtype and s.typnamespace = 'pg_catalog'::regnamespace and s.oid < 16384

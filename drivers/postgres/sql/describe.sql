-- One table as rows of (part, number, place in it, texts). A name without a schema means the one in "public",
-- else the only one there is.
with
named as materialized (
    select c.oid, n.nspname, c.relname, c.relkind, c.reltuples,
        rank() over (order by n.nspname || '.' || c.relname = $1 desc, n.nspname = 'public' desc) as place
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relname = any ((select array_agg(substr($1, i + 1)) from generate_series(0, length($1)) i
                            where i = 0 or substr($1, i, 1) = '.')::name[])
        and c.relkind in ('r', 'p', 'f') and (n.nspname || '.' || c.relname = $1 or c.relname = $1)
        and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        and (n.nspname <> 'rollcall' or n.nspname || '.' || c.relname = $1)
),
t as materialized (
    select * from named where place = 1 and (select count(*) from named where place = 1) = 1
),
-- A domain's values are those of the type beneath it.
base as (
    with recursive down (attnum, typid, typmod) as (
        select a.attnum, a.atttypid, a.atttypmod
        from t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
        union all
        select d.attnum, y.typbasetype, y.typtypmod
        from down d join pg_type y on y.oid = d.typid and y.typtype = 'd'
    )
    select d.attnum, y.oid as typid, y.typname, y.typtype, y.typcategory, d.typmod
    from down d join pg_type y on y.oid = d.typid and y.typtype <> 'd'
)
select 'table' as part, 0::int8 as n, 0::int8 as place, t.nspname::text as a, t.relname::text as b, t.relkind::text as c,
    t.reltuples::int8::text as d, pg_table_size(t.oid)::text as e, '' as f, '' as g, '' as h
from t

union all
select 'column', a.attnum, 0, a.attname::text, format_type(a.atttypid, a.atttypmod),
    a.attnotnull::text, (a.atthasdef and a.attgenerated = '')::text, (a.attgenerated <> '')::text,
    (a.attidentity <> '' or exists (
        select from pg_depend d join pg_class s on s.oid = d.objid and s.relkind = 'S'
        where d.classid = 'pg_class'::regclass and d.deptype = 'a' and d.refclassid = 'pg_class'::regclass
            and d.refobjid = a.attrelid and d.refobjsubid = a.attnum))::text,
    case when a.attcollation = 0 then '' else coalesce((
        select case when n.nspname = 'pg_catalog' and strpos(c.collname, '.') = 0 then '' else n.nspname || '.' end || c.collname
        from pg_collation c join pg_namespace n on n.oid = c.collnamespace where c.oid = a.attcollation), '') end,
    b.typname || ' ' || b.typtype::text || ' ' || b.typcategory::text || ' ' || b.typmod
from t
join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
join base b on b.attnum = a.attnum

union all
select 'label', b.attnum, row_number() over (partition by b.attnum order by e.enumsortorder), e.enumlabel::text,
    '', '', '', '', '', '', ''
from base b join pg_enum e on e.enumtypid = b.typid

union all
-- A row has one place in such a key and no other: unique, of columns that are never null, valid, not partial.
select 'key', case when i.indisprimary then 0 else i.indexrelid::int8 end, k.place, x.relname::text, a.attname::text,
    i.indisprimary::text, '', '', '', '', ''
from t
join pg_index i on i.indrelid = t.oid
join pg_class x on x.oid = i.indexrelid
cross join lateral unnest(i.indkey::int2[]) with ordinality k (attnum, place)
join pg_attribute a on a.attrelid = t.oid and a.attnum = k.attnum
where i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null and i.indexprs is null
    and k.place <= i.indnkeyatts
    and not exists (
        select from unnest(i.indkey::int2[]) with ordinality u (attnum, place)
        join pg_attribute b on b.attrelid = t.oid and b.attnum = u.attnum
        where u.place <= i.indnkeyatts and not b.attnotnull)

union all
select 'reference', f.oid::int8, k.place, f.conname::text, a.attname::text, pn.nspname || '.' || p.relname, b.attname::text,
    f.confdeltype::text, f.confupdtype::text, f.convalidated::text,
    -- "true" for MATCH FULL; behind it the operator, when it is not one that every search path has
    (f.confmatchtype = 'f')::text || coalesce((
        select ' OPERATOR(' || quote_ident(n.nspname) || '.' || o.oprname || ')'
        from pg_operator o join pg_namespace n on n.oid = o.oprnamespace
        where o.oid = f.conpfeqop[k.place] and n.nspname <> 'pg_catalog'), '')
from t
join pg_constraint f on f.conrelid = t.oid and f.contype = 'f'
join pg_class p on p.oid = f.confrelid
join pg_namespace pn on pn.oid = p.relnamespace
cross join lateral unnest(f.conkey, f.confkey) with ordinality k (child, parent, place)
join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.child
join pg_attribute b on b.attrelid = f.confrelid and b.attnum = k.parent
-- One to a partitioned table is kept once more for each partition; none of those holds for all rows.
where not exists (select from pg_constraint u where u.oid = f.conparentid and u.conrelid = f.conrelid)

order by 1, 2, 3

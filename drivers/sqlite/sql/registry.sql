create table if not exists rollcall_meta (
    item text not null primary key,
    value text not null
) without rowid;

create table if not exists rollcall_lease (
    id integer not null primary key check (id = 1),
    epoch integer not null,
    holder text not null,
    host text not null,
    boot text not null,
    pid integer not null,
    session text not null,
    op text not null,
    command text not null,
    acquired_us integer not null,
    renewed_us integer not null,
    ttl_us integer not null
);

create table if not exists rollcall_script (
    sha256 text not null primary key,
    length integer not null,
    data blob not null
) without rowid;

create table if not exists rollcall_migration (
    seq integer not null primary key,
    id text not null unique,
    version text not null,
    name text not null,
    class text not null,
    state text not null,
    applied_us integer not null,
    op text not null,
    origin text not null,
    up_sha256 text not null,
    down_sha256 text not null,
    verify_sha256 text not null,
    compensate_sha256 text not null,
    no_transaction integer not null,
    before_hash text not null,
    after_hash text not null,
    delta_length integer not null,
    delta blob not null
);

create table if not exists rollcall_operation (
    op text not null primary key,
    kind text not null,
    epoch integer not null,
    actor text not null,
    plan text not null,
    started_us integer not null,
    finished_us integer not null,
    outcome text not null
);

create table if not exists rollcall_statement (
    op text not null,
    n integer not null,
    migration text not null,
    direction text not null,
    sha256 text not null,
    state text not null,
    before_hash text not null,
    started_us integer not null,
    finished_us integer not null,
    affected integer not null,
    primary key (migration, direction, n)
) without rowid;

create table if not exists rollcall_record (
    seq integer not null primary key,
    previous text not null,
    hash text not null,
    at_us integer not null,
    op text not null,
    kind text not null,
    body text not null
);

create table if not exists rollcall_saved (
    migration text not null,
    direction text not null,
    n integer not null,
    op text not null,
    set_id text not null,
    file text not null,
    role text not null,
    rows_saved integer not null,
    bytes integer not null,
    stored_bytes integer not null,
    body blob not null,
    primary key (migration, direction, n)
) without rowid;

create table if not exists rollcall_saved_part (
    set_id text not null,
    file text not null,
    n integer not null,
    data blob not null,
    primary key (set_id, file, n)
);

create table if not exists rollcall_freeze (
    id text not null primary key,
    state text not null,
    reason text not null,
    actor text not null,
    began_us integer not null,
    frozen_us integer not null,
    expires_us integer not null,
    auto_thaw integer not null,
    thawed_us integer not null,
    point text not null,
    proven integer not null,
    why text not null,
    tables text not null,
    marks text not null,
    digests text not null
);

create table if not exists rollcall_freeze_pass (
    session integer not null primary key,
    secret text not null
);

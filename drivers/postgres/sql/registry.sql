create schema if not exists rollcall;

create table if not exists rollcall.meta (
    item text not null primary key,
    value text not null
);

create table if not exists rollcall.lease (
    id bigint not null primary key check (id = 1),
    epoch bigint not null,
    holder text not null,
    host text not null,
    boot text not null,
    pid bigint not null,
    session text not null,
    op text not null,
    command text not null,
    acquired_us bigint not null,
    renewed_us bigint not null,
    ttl_us bigint not null
);

create table if not exists rollcall.script (
    sha256 text not null primary key,
    length bigint not null,
    data bytea not null
);

create table if not exists rollcall.migration (
    seq bigint not null primary key,
    id text not null unique,
    version text not null,
    name text not null,
    class text not null,
    state text not null,
    applied_us bigint not null,
    op text not null,
    origin text not null,
    up_sha256 text not null,
    down_sha256 text not null,
    verify_sha256 text not null,
    compensate_sha256 text not null,
    no_transaction bigint not null,
    before_hash text not null,
    after_hash text not null,
    delta_length bigint not null,
    delta bytea not null
);

create table if not exists rollcall.operation (
    op text not null primary key,
    kind text not null,
    epoch bigint not null,
    actor text not null,
    plan text not null,
    started_us bigint not null,
    finished_us bigint not null,
    outcome text not null
);

create table if not exists rollcall.statement (
    op text not null,
    n bigint not null,
    migration text not null,
    direction text not null,
    sha256 text not null,
    state text not null,
    before_hash text not null,
    started_us bigint not null,
    finished_us bigint not null,
    affected bigint not null,
    primary key (migration, direction, n)
);

create table if not exists rollcall.record (
    seq bigint not null primary key,
    previous text not null,
    hash text not null,
    at_us bigint not null,
    op text not null,
    kind text not null,
    body text not null
);

create table if not exists rollcall.saved (
    migration text not null,
    direction text not null,
    n bigint not null,
    op text not null,
    set_id text not null,
    file text not null,
    role text not null,
    rows_saved bigint not null,
    bytes bigint not null,
    stored_bytes bigint not null,
    body bytea not null,
    primary key (migration, direction, n)
);

create table if not exists rollcall.saved_part (
    set_id text not null,
    file text not null,
    n bigint not null,
    data bytea not null,
    primary key (set_id, file, n)
);

create table if not exists rollcall.freeze (
    id text not null primary key,
    state text not null,
    reason text not null,
    actor text not null,
    began_us bigint not null,
    frozen_us bigint not null,
    expires_us bigint not null,
    auto_thaw bigint not null,
    thawed_us bigint not null,
    point text not null,
    proven bigint not null,
    why text not null,
    tables text not null,
    marks text not null,
    digests text not null
);

create table if not exists rollcall.freeze_pass (
    session bigint not null primary key,
    secret text not null
);

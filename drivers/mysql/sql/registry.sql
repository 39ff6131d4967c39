create table if not exists rollcall_meta (
    item varchar(64) not null primary key,
    value text not null
) engine = InnoDB default character set utf8mb4 collate utf8mb4_bin;

create table if not exists rollcall_lease (
    id bigint not null primary key check (id = 1),
    epoch bigint not null,
    holder varchar(512) not null,
    host varchar(512) not null,
    boot varchar(512) not null,
    pid bigint not null,
    session varchar(512) not null,
    op char(32) not null,
    command varchar(512) not null,
    acquired_us bigint not null,
    renewed_us bigint not null,
    ttl_us bigint not null
) engine = InnoDB default character set utf8mb4 collate utf8mb4_bin;

create table if not exists rollcall_script (
    sha256 char(64) not null primary key,
    length bigint not null,
    data longblob not null
) engine = InnoDB default character set utf8mb4 collate utf8mb4_bin;

create table if not exists rollcall_migration (
    seq bigint not null primary key,
    id varchar(512) not null unique,
    version varchar(512) not null,
    name varchar(512) not null,
    class varchar(32) not null,
    state varchar(32) not null,
    applied_us bigint not null,
    op char(32) not null,
    origin varchar(512) not null,
    up_sha256 varchar(64) not null,
    down_sha256 varchar(64) not null,
    verify_sha256 varchar(64) not null,
    compensate_sha256 varchar(64) not null,
    no_transaction bigint not null,
    before_hash varchar(32) not null,
    after_hash varchar(32) not null,
    delta_length bigint not null,
    delta longblob not null
) engine = InnoDB default character set utf8mb4 collate utf8mb4_bin;

create table if not exists rollcall_operation (
    op char(32) not null primary key,
    kind varchar(32) not null,
    epoch bigint not null,
    actor varchar(512) not null,
    plan longtext not null,
    started_us bigint not null,
    finished_us bigint not null,
    outcome varchar(32) not null
) engine = InnoDB default character set utf8mb4 collate utf8mb4_bin;

create table if not exists rollcall_statement (
    op char(32) not null,
    n bigint not null,
    migration varchar(400) not null,
    direction varchar(32) not null,
    sha256 varchar(64) not null,
    state varchar(32) not null,
    before_hash varchar(32) not null,
    started_us bigint not null,
    finished_us bigint not null,
    affected bigint not null,
    primary key (migration, direction, n)
) engine = InnoDB default character set utf8mb4 collate utf8mb4_bin;

create table if not exists rollcall_record (
    seq bigint not null primary key,
    previous varchar(64) not null,
    hash varchar(64) not null,
    at_us bigint not null,
    op char(32) not null,
    kind varchar(32) not null,
    body longtext not null
) engine = InnoDB default character set utf8mb4 collate utf8mb4_bin;

create table if not exists rollcall_saved (
    migration varchar(400) not null,
    direction varchar(32) not null,
    n bigint not null,
    op char(32) not null,
    set_id varchar(64) not null,
    file varchar(64) not null,
    role varchar(32) not null,
    rows_saved bigint not null,
    bytes bigint not null,
    stored_bytes bigint not null,
    body longblob not null,
    primary key (migration, direction, n)
) engine = InnoDB default character set utf8mb4 collate utf8mb4_bin;

create table if not exists rollcall_saved_part (
    set_id varchar(64) not null,
    file varchar(64) not null,
    n bigint not null,
    data longblob not null,
    primary key (set_id, file, n)
) engine = InnoDB default character set utf8mb4 collate utf8mb4_bin;

create table if not exists rollcall_freeze (
    id char(32) not null primary key,
    state varchar(32) not null,
    reason varchar(512) not null,
    actor varchar(512) not null,
    began_us bigint not null,
    frozen_us bigint not null,
    expires_us bigint not null,
    auto_thaw bigint not null,
    thawed_us bigint not null,
    point varchar(2048) not null,
    proven bigint not null,
    why varchar(2048) not null,
    tables longtext not null,
    marks longtext not null,
    digests longtext not null
) engine = InnoDB default character set utf8mb4 collate utf8mb4_bin;

create table if not exists rollcall_freeze_pass (
    session bigint not null primary key,
    secret char(64) not null
) engine = InnoDB default character set utf8mb4 collate utf8mb4_bin;

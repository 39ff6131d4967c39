/* A command's hold on one service: the connection, the directory, the registry, and the lease while it
 * changes things. */
#ifndef MIGRATE_SESSION_H
#define MIGRATE_SESSION_H

#include "journal/lease.h"
#include "journal/operation.h"
#include "journal/record.h"
#include "migrate/approval.h"
#include "migrate/history.h"
#include "migrate/observer.h"
#include "migrate/service.h"

enum session_mode {
    SESSION_READ, /* looks only; the server refuses writes */
    SESSION_WRITE /* may take the lease and change things */
};

/* What the user says of a statement whose outcome nobody saw and the server cannot tell. */
enum settle { SETTLE_ASK, SETTLE_DONE, SETTLE_AGAIN };

/* What the user says of later writes. */
struct rollback_options {
    enum conflict_policy on_conflict;
    bool by_row;           /* a conflict is of the whole row */
    bool unprotected;      /* go back although nothing was saved, or what was saved is gone */
    bool no_freeze;        /* writers go on meanwhile */
    int64_t accepted_loss; /* rows written since that may be lost */
};

struct session {
    const struct service *service;
    const struct observer *observer;
    struct arena *arena; /* borrowed: the command's */
    struct conn *conn;
    bool has_registry;
    bool has_dir;
    struct migrations migrations; /* valid when has_dir */
    struct applied_list applied;
    struct history history;
    int64_t last_seq; /* of the newest member of the set */
    bool holds_lease;
    struct lease lease;
    struct record_chain chain;
    struct known_scripts scripts;
    enum settle settle;
    struct mandate mandate;
    struct rollback_options rollback;
    bool writes_frozen;    /* tables are frozen, and we write past that */
    bool has_parked;       /* some rollback saved something: valid with the lease */
    struct catalog schema; /* as last read; valid when schema_is_read */
    bool schema_is_read;
};

/* Connects, reads the directory (a missing one is no error when `dir_optional`) and the registry. On failure
 * nothing is left to close. */
enum status session_open(const struct service *service, enum session_mode mode, bool dir_optional,
                         const struct observer *observer, struct arena *arena, struct session *out,
                         struct err *err) MUST_USE;
/* Gives the lease back when it is held. */
void session_close(struct session *session);
#define SESSION_SCOPED CLEANUP(session_close) struct session

/* Reads the set again and joins it anew. */
enum status session_reload(struct session *session, struct err *err) MUST_USE;

/* Creates the registry where it is missing, takes the lease for a new operation id, and tells whose lease it
 * was when that run is dead. An operation that the dead run left half way is STATUS_PARTIAL unless
 * `may_resume`. */
enum status
session_acquire(struct session *session, const char *command, bool may_resume, struct err *err) MUST_USE;

/* The live schema; read once and kept until session_forget_schema or session_set_schema. */
enum status session_schema(struct session *session, const struct catalog **out, struct err *err) MUST_USE;
/* Its fingerprint, read without the schema when that is not at hand. */
enum status session_fingerprint(struct session *session, struct hash128 *out, struct err *err) MUST_USE;
/* Takes the catalogue over (moves it). */
void session_set_schema(struct session *session, struct catalog *catalog);
void session_forget_schema(struct session *session);
/* A transaction was rolled back: what it had told the registry is not so. */
void session_forget_entries(struct session *session);

/* The member of the set that an interrupted run left unfinished; NULL: none. */
const struct applied *session_unfinished(const struct session *session);

#endif

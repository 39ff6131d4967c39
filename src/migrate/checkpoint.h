/* Where the registry's chain stood, noted outside the database: a registry that was cut short or written anew
 * no longer fits. One line an operation in the store's file "checkpoints", only ever appended to:
 *
 *     DATABASE GENESIS SEQ HASH TIME
 *
 * with the first 16 digits of a hash that stands for the database, of the first record's hash, and the last
 * record. */
#ifndef MIGRATE_CHECKPOINT_H
#define MIGRATE_CHECKPOINT_H

#include "migrate/session.h"

/* Appends a line for the chain's end as the database has it; nothing when the last line says so already. */
enum status checkpoint_note(struct session *session, struct err *err) MUST_USE;

/* The lines of this database. Arena: the session's. */
enum status checkpoint_marks(struct session *session, struct record_marks *out, struct err *err) MUST_USE;

/* Hash of what identifies the database: engine, system, name. */
void database_digest(const struct conn *conn, char out[SHA256_HEX_LEN + 1]);

#endif

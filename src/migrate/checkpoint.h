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

/* -- signed ones */

/* The text that is signed: which database, how many records, the last one's hash, when. Arena. */
char *
checkpoint_text(const struct conn *conn, const struct record_mark *end, int64_t at_us, struct arena *arena);
/* Keeps text and signature in the database; within the caller's transaction. */
enum status
checkpoint_store(struct session *session, const char *text, const char *signature, struct err *err) MUST_USE;
/* A mark from a signed checkpoint. CORRUPT when the text is none, is for another database, or when the
 * signature is not that of a signer over this text. */
enum status
checkpoint_open(struct session *session, const struct signer_list *signers, const char *what,
                struct span text, struct span signature, struct record_mark *out, struct err *err) MUST_USE;
/* Adds the one in the database, when there is one. */
enum status checkpoint_marks_signed(struct session *session, const struct signer_list *signers,
                                    struct record_marks *marks, struct err *err) MUST_USE;

/* Hash of what identifies the database: engine, system, name. */
void database_digest(const struct conn *conn, char out[SHA256_HEX_LEN + 1]);

#endif

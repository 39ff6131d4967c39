/* Sign-offs: signature files beside a plan, and whether they are enough.
 *
 * A signature is over the plan's whole file; its trusted comment, signed too, says for what it stands: the
 * action, the plan's digest, the role in which it was given, and until when. So a signature for one plan or
 * action serves no other, and the files are checked with plain minisign as well. */
#ifndef MIGRATE_APPROVAL_H
#define MIGRATE_APPROVAL_H

#include "base/sign.h"
#include "migrate/service.h"

#include <stddef.h>
#include <stdint.h>

/* [signer "ann"] of rollcall.ini: whose word counts. */
struct signer {
    const char *name;
    struct sign_public key;
    const char *roles; /* with commas; "" for none */
};

struct signer_list {
    struct signer *items;
    size_t n;
    size_t cap;
};

/* NULL: nobody has that key. */
const struct signer *signer_of_key(const struct signer_list *signers, const struct sign_public *key);
bool signer_has_role(const struct signer *signer, const char *role);
/* Letters, digits, "_", "-", "." and "@": what a name or role may hold, as it goes into file names and
 * comments. */
bool approval_word_is_plain(const char *word);

/* What a signature has to be for. */
struct approval_subject {
    const char *file; /* the plan's */
    struct span document;
    const char *digest;
    const char *action; /* "rollback", "up" */
    const char *author; /* of the plan: may not approve it; "" when it names none */
};

/* One signature file. Strings: arena. */
struct approval {
    const char *file;
    const char *signer; /* NULL: no trusted key */
    char key[SIGN_ID_HEX_LEN + 1];
    const char *role; /* "" for none */
    int64_t signed_us;
    int64_t expires_us;  /* 0: never */
    const char *refused; /* why it does not count; NULL: it counts */
};

struct approval_list {
    struct approval *items; /* by file name */
    size_t n;
    size_t cap;
    size_t n_valid;
};

/* On whose word an operation runs: goes into its records. */
struct mandate {
    const char *reason;      /* NULL: none was given */
    const char *plan_digest; /* of the approved plan; NULL: it runs without */
    const char *plan_author;
    struct approval_list *approvals; /* NULL: none */
};

/* The one line that is signed along with the plan. Arena. */
char *approval_comment(const struct approval_subject *subject, const char *role, int64_t signed_us,
                       int64_t expires_us, struct arena *arena);
/* Where a signer's signature lies: FILE.SIGNER.minisig. Arena. */
char *approval_path(const char *file, const char *signer, struct arena *arena);

/* Reads and judges every FILE.*.minisig; what is no signature at all is listed as refused. */
enum status approvals_read(const struct approval_subject *subject, const struct signer_list *signers,
                           const struct policy *policy, struct arena *arena, struct approval_list *out,
                           struct err *err) MUST_USE;
/* What is missing to satisfy the policy, in words; NULL: nothing. Arena. */
const char *approvals_missing(const struct policy *policy, const struct approval_list *approvals,
                              size_t at_least, struct arena *arena);

#endif

/* Ed25519 signatures in the files of minisign (https://jedisct1.github.io/minisign/#signature-format), so
 * that people can check ours with a program they have, and sign with it, too. */
#ifndef BASE_SIGN_H
#define BASE_SIGN_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>

#define SIGN_ID_LEN      8
#define SIGN_ID_HEX_LEN  16
#define SIGN_PUBLIC_LEN  32
#define SIGN_SECRET_LEN  64
#define SIGN_RAW_LEN     64
#define SIGN_COMMENT_MAX 8192

struct sign_public {
    unsigned char id[SIGN_ID_LEN];
    unsigned char key[SIGN_PUBLIC_LEN];
};

/* Wiped by sign_secret_wipe. */
struct sign_secret {
    unsigned char id[SIGN_ID_LEN];
    unsigned char key[SIGN_SECRET_LEN];
};
void sign_secret_wipe(struct sign_secret *secret);
#define SIGN_SECRET_SCOPED CLEANUP(sign_secret_wipe) struct sign_secret

void sign_generate(struct sign_secret *out);
void sign_public_of(const struct sign_secret *secret, struct sign_public *out);
bool sign_public_eq(const struct sign_public *a, const struct sign_public *b);
/* As minisign prints it: the number, most significant byte first. */
void sign_id_hex(const unsigned char id[SIGN_ID_LEN], char out[SIGN_ID_HEX_LEN + 1]);

/* "RWQ...", one line without a line feed. Arena. */
char *sign_public_text(const struct sign_public *key, struct arena *arena);
/* The whole text of a public key's file. Arena. */
char *sign_public_file(const struct sign_public *key, struct arena *arena);
/* From "RWQ..." or from the text of a file; false: it is no public key. */
bool sign_public_parse(struct span text, struct sign_public *out);

/* The text of a secret key's file; without a passphrase (NULL) it is not encrypted. With one it takes about a
 * second and 256 MiB of memory (scrypt). Arena. */
enum status sign_secret_file(const struct sign_secret *secret, const char *passphrase, struct arena *arena,
                             char **out, struct err *err) MUST_USE;
/* USAGE when the file is no secret key. */
enum status sign_secret_is_encrypted(struct span text, bool *out, struct err *err) MUST_USE;
/* USAGE when it is damaged or the passphrase is wrong. `passphrase` may be NULL where none is needed. */
enum status sign_secret_parse(struct span text, const char *passphrase, struct sign_secret *out,
                              struct err *err) MUST_USE;

/* The text of a signature's file over `message`; the trusted comment (one line) is signed, too. Arena. */
char *sign_message(const struct sign_secret *secret, struct span message, const char *trusted_comment,
                   struct arena *arena);

struct sign_signature {
    unsigned char id[SIGN_ID_LEN]; /* of the key that made it, as the file says */
    bool is_prehashed;
    unsigned char raw[SIGN_RAW_LEN];
    unsigned char global[SIGN_RAW_LEN];
    const char *trusted_comment; /* arena */
};

/* False: it is no signature file. */
bool sign_signature_parse(struct span text, struct arena *arena, struct sign_signature *out);
/* Whether key, message and trusted comment all belong together. */
bool sign_verify(const struct sign_signature *signature, const struct sign_public *key, struct span message);

#endif

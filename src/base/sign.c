#include "base/sign.h"

#include "base/buf.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* What minisign's files begin with: Ed25519, Ed25519 over a BLAKE2b-512 of the message, scrypt, BLAKE2b-256.
 */
static const char alg_plain[2] = {'E', 'd'};
static const char alg_prehashed[2] = {'E', 'D'};
static const char kdf_scrypt[2] = {'S', 'c'};
static const char kdf_none[2] = {0, 0};
static const char checksum_blake2b[2] = {'B', '2'};

/* scrypt with N = 2^18, r = 8, p = 1: 256 MiB. What a file may ask of us is bounded, too. */
#define KDF_OPS         (UINT64_C(1) << 23)
#define KDF_MEMORY      (UINT64_C(1) << 28)
#define KDF_OPS_MAX     (UINT64_C(1) << 26)
#define KDF_MEMORY_MAX  (UINT64_C(1) << 31)
#define SALT_LEN        32
#define CHECKSUM_LEN    32
#define PREHASH_LEN     64
#define PUBLIC_FILE_LEN (2 + SIGN_ID_LEN + SIGN_PUBLIC_LEN)
#define SIGNED_LEN      (2 + SIGN_ID_LEN + SIGN_RAW_LEN)

/* As it lies in the file, byte for byte. */
struct secret_body {
    char alg[2];
    char kdf[2];
    char checksum_alg[2];
    unsigned char salt[SALT_LEN];
    unsigned char ops[8];
    unsigned char memory[8];
    struct {
        unsigned char id[SIGN_ID_LEN];
        unsigned char key[SIGN_SECRET_LEN];
        unsigned char checksum[CHECKSUM_LEN];
    } sealed;
};
_Static_assert(sizeof(struct secret_body) == 158, "the layout of minisign's secret keys");

static void
ready(void)
{
    if (sodium_init() < 0) {
        bug("libsodium does not start");
    }
}

static void
put_u64(unsigned char out[8], uint64_t value)
{
    for (unsigned i = 0; i < 8; i++) {
        out[i] = (unsigned char)(value >> (8 * i));
    }
}

static uint64_t
get_u64(const unsigned char in[8])
{
    uint64_t value = 0;
    for (unsigned i = 8; i-- > 0;) {
        value = value << 8 | in[i];
    }
    return value;
}

static char *
base64(const void *data, size_t len, struct arena *arena)
{
    size_t room = sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL);
    return sodium_bin2base64(arena_alloc(arena, room), room, data, len, sodium_base64_VARIANT_ORIGINAL);
}

/* Exactly `len` bytes, or it is something else. */
static bool
unbase64(struct span text, void *out, size_t len)
{
    size_t got;
    return sodium_base642bin(out, len, text.ptr, text.len, NULL, &got, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           got == len;
}

/* -- keys
 * ----------------------------------------------------------------------------------------------------------
 */

void
sign_secret_wipe(struct sign_secret *secret)
{
    sodium_memzero(secret, sizeof(*secret));
}

void
sign_generate(struct sign_secret *out)
{
    unsigned char public[SIGN_PUBLIC_LEN];
    ready();
    randombytes_buf(out->id, sizeof(out->id));
    require(crypto_sign_keypair(public, out->key) == 0);
}

void
sign_public_of(const struct sign_secret *secret, struct sign_public *out)
{
    memcpy(out->id, secret->id, sizeof(out->id));
    require(crypto_sign_ed25519_sk_to_pk(out->key, secret->key) == 0);
}

bool
sign_public_eq(const struct sign_public *a, const struct sign_public *b)
{
    return memcmp(a->id, b->id, sizeof(a->id)) == 0 && memcmp(a->key, b->key, sizeof(a->key)) == 0;
}

void
sign_id_hex(const unsigned char id[SIGN_ID_LEN], char out[SIGN_ID_HEX_LEN + 1])
{
    for (size_t i = 0; i < SIGN_ID_LEN; i++) {
        snprintf(out + 2 * i, 3, "%02X", (unsigned)id[SIGN_ID_LEN - 1 - i]);
    }
}

char *
sign_public_text(const struct sign_public *key, struct arena *arena)
{
    unsigned char body[PUBLIC_FILE_LEN];
    memcpy(body, alg_plain, 2);
    memcpy(body + 2, key->id, SIGN_ID_LEN);
    memcpy(body + 2 + SIGN_ID_LEN, key->key, SIGN_PUBLIC_LEN);
    return base64(body, sizeof(body), arena);
}

char *
sign_public_file(const struct sign_public *key, struct arena *arena)
{
    char id[SIGN_ID_HEX_LEN + 1];
    sign_id_hex(key->id, id);
    return arena_printf(arena, "untrusted comment: minisign public key %s\n%s\n", id,
                        sign_public_text(key, arena));
}

/* The line behind the comment, or the only line. */
static struct span
second_line(struct span text)
{
    struct span line = {0};
    struct span rest = text;
    if (span_next_line(&rest, &line) && span_starts(line, "untrusted comment:")) {
        line = (struct span){0};
        (void)span_next_line(&rest, &line);
    }
    return span_trim(line);
}

bool
sign_public_parse(struct span text, struct sign_public *out)
{
    unsigned char body[PUBLIC_FILE_LEN];
    if (!unbase64(second_line(text), body, sizeof(body)) || memcmp(body, alg_plain, 2) != 0) {
        return false;
    }
    memcpy(out->id, body + 2, SIGN_ID_LEN);
    memcpy(out->key, body + 2 + SIGN_ID_LEN, SIGN_PUBLIC_LEN);
    return true;
}

/* -- secret keys in files
 * ------------------------------------------------------------------------------------------ */

static void
compute_checksum(const struct secret_body *body, unsigned char out[CHECKSUM_LEN])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, CHECKSUM_LEN);
    crypto_generichash_update(&state, (const unsigned char *)body->alg, sizeof(body->alg));
    crypto_generichash_update(&state, body->sealed.id, sizeof(body->sealed.id));
    crypto_generichash_update(&state, body->sealed.key, sizeof(body->sealed.key));
    crypto_generichash_final(&state, out, CHECKSUM_LEN);
}

/* Encrypts, and decrypts again: a stream drawn from the passphrase. */
static enum status
mask(struct secret_body *body, const char *passphrase, struct err *err)
{
    unsigned char stream[sizeof(body->sealed)];
    unsigned char *bytes = (unsigned char *)&body->sealed;
    uint64_t ops = get_u64(body->ops);
    uint64_t memory = get_u64(body->memory);
    if (ops > KDF_OPS_MAX || memory > KDF_MEMORY_MAX) {
        return err_raise(err, STATUS_USAGE, "the secret key asks for more memory or time than is sensible");
    }
    if (crypto_pwhash_scryptsalsa208sha256(stream, sizeof(stream), passphrase, strlen(passphrase), body->salt,
                                           ops, (size_t)memory) != 0) {
        return err_raise(err, STATUS_IO, "there is not enough memory to open the secret key (%llu MiB)",
                         (unsigned long long)(memory >> 20));
    }
    for (size_t i = 0; i < sizeof(stream); i++) {
        bytes[i] ^= stream[i];
    }
    sodium_memzero(stream, sizeof(stream));
    return STATUS_OK;
}

enum status
sign_secret_file(const struct sign_secret *secret, const char *passphrase, struct arena *arena, char **out,
                 struct err *err)
{
    struct secret_body body;
    ready();
    memcpy(body.alg, alg_plain, 2);
    memcpy(body.kdf, passphrase == NULL ? kdf_none : kdf_scrypt, 2);
    memcpy(body.checksum_alg, checksum_blake2b, 2);
    randombytes_buf(body.salt, sizeof(body.salt));
    put_u64(body.ops, KDF_OPS);
    put_u64(body.memory, KDF_MEMORY);
    memcpy(body.sealed.id, secret->id, sizeof(secret->id));
    memcpy(body.sealed.key, secret->key, sizeof(secret->key));
    compute_checksum(&body, body.sealed.checksum);
    enum status status = passphrase == NULL ? STATUS_OK : mask(&body, passphrase, err);
    *out = arena_printf(arena, "untrusted comment: minisign %ssecret key\n%s\n",
                        passphrase == NULL ? "" : "encrypted ", base64(&body, sizeof(body), arena));
    sodium_memzero(&body, sizeof(body));
    return status;
}

static enum status
read_body(struct span text, struct secret_body *out, struct err *err)
{
    if (!unbase64(second_line(text), out, sizeof(*out)) || memcmp(out->alg, alg_plain, 2) != 0 ||
        memcmp(out->checksum_alg, checksum_blake2b, 2) != 0 ||
        (memcmp(out->kdf, kdf_scrypt, 2) != 0 && memcmp(out->kdf, kdf_none, 2) != 0)) {
        (void)err_raise(err, STATUS_USAGE, "it is not a secret key");
        return err_hint(err, "'rollcall keygen' or 'minisign -G' makes one");
    }
    return STATUS_OK;
}

enum status
sign_secret_is_encrypted(struct span text, bool *out, struct err *err)
{
    struct secret_body body;
    TRY(read_body(text, &body, err));
    *out = memcmp(body.kdf, kdf_scrypt, 2) == 0;
    sodium_memzero(&body, sizeof(body));
    return STATUS_OK;
}

static enum status
open_body(struct secret_body *body, const char *passphrase, struct err *err)
{
    /* minisign leaves the checksum of a key without a passphrase empty. */
    static const unsigned char none[CHECKSUM_LEN];
    unsigned char checksum[CHECKSUM_LEN];
    bool is_encrypted = memcmp(body->kdf, kdf_scrypt, 2) == 0;
    if (is_encrypted && passphrase == NULL) {
        return err_raise(err, STATUS_USAGE, "the secret key is encrypted, and there is no passphrase");
    }
    if (is_encrypted) {
        TRY(mask(body, passphrase, err));
    }
    compute_checksum(body, checksum);
    bool fits = sodium_memcmp(checksum, body->sealed.checksum, CHECKSUM_LEN) == 0;
    if (!fits && (is_encrypted || sodium_memcmp(none, body->sealed.checksum, CHECKSUM_LEN) != 0)) {
        return err_raise(err, STATUS_USAGE,
                         is_encrypted ? "the passphrase is wrong, or the secret key is damaged"
                                      : "the secret key is damaged");
    }
    return STATUS_OK;
}

enum status
sign_secret_parse(struct span text, const char *passphrase, struct sign_secret *out, struct err *err)
{
    struct secret_body body;
    ready();
    TRY(read_body(text, &body, err));
    enum status status = open_body(&body, passphrase, err);
    if (status == STATUS_OK) {
        memcpy(out->id, body.sealed.id, sizeof(out->id));
        memcpy(out->key, body.sealed.key, sizeof(out->key));
    }
    sodium_memzero(&body, sizeof(body));
    return status;
}

/* -- signatures
 * ---------------------------------------------------------------------------------------------------- */

static void
prehash(struct span message, unsigned char out[PREHASH_LEN])
{
    require(crypto_generichash(out, PREHASH_LEN, (const unsigned char *)message.ptr, message.len, NULL, 0) ==
            0);
}

/* What the second signature of the file is over. Arena. */
static struct span
signature_and_comment(const unsigned char raw[SIGN_RAW_LEN], const char *comment, struct arena *arena)
{
    size_t len = strlen(comment);
    char *both = arena_alloc(arena, SIGN_RAW_LEN + len + 1);
    memcpy(both, raw, SIGN_RAW_LEN);
    memcpy(both + SIGN_RAW_LEN, comment, len + 1);
    return (struct span){both, SIGN_RAW_LEN + len};
}

char *
sign_message(const struct sign_secret *secret, struct span message, const char *trusted_comment,
             struct arena *arena)
{
    unsigned char hash[PREHASH_LEN];
    unsigned char body[SIGNED_LEN];
    unsigned char global[SIGN_RAW_LEN];
    unsigned char *raw = body + 2 + SIGN_ID_LEN;
    ready();
    prehash(message, hash);
    memcpy(body, alg_prehashed, 2);
    memcpy(body + 2, secret->id, SIGN_ID_LEN);
    require(crypto_sign_detached(raw, NULL, hash, sizeof(hash), secret->key) == 0);
    struct span both = signature_and_comment(raw, trusted_comment, arena);
    require(crypto_sign_detached(global, NULL, (const unsigned char *)both.ptr, both.len, secret->key) == 0);
    return arena_printf(
        arena, "untrusted comment: signature from rollcall secret key\n%s\ntrusted comment: %s\n%s\n",
        base64(body, sizeof(body), arena), trusted_comment, base64(global, sizeof(global), arena));
}

bool
sign_signature_parse(struct span text, struct arena *arena, struct sign_signature *out)
{
    static const char trusted[] = "trusted comment: ";
    unsigned char body[SIGNED_LEN];
    struct span rest = text;
    struct span untrusted;
    struct span signature;
    struct span comment;
    struct span global;
    if (!span_next_line(&rest, &untrusted) || !span_next_line(&rest, &signature) ||
        !span_next_line(&rest, &comment) || !span_next_line(&rest, &global) ||
        !span_starts(untrusted, "untrusted comment:") || !span_starts(comment, trusted) ||
        comment.len > SIGN_COMMENT_MAX || memchr(comment.ptr, '\0', comment.len) != NULL ||
        !unbase64(span_trim(signature), body, sizeof(body)) ||
        !unbase64(span_trim(global), out->global, sizeof(out->global))) {
        return false;
    }
    out->is_prehashed = memcmp(body, alg_prehashed, 2) == 0;
    if (!out->is_prehashed && memcmp(body, alg_plain, 2) != 0) {
        return false;
    }
    memcpy(out->id, body + 2, SIGN_ID_LEN);
    memcpy(out->raw, body + 2 + SIGN_ID_LEN, SIGN_RAW_LEN);
    out->trusted_comment = arena_strndup(arena, comment.ptr + strlen(trusted), comment.len - strlen(trusted));
    return true;
}

bool
sign_verify(const struct sign_signature *signature, const struct sign_public *key, struct span message)
{
    ARENA_SCOPED arena = {0};
    unsigned char hash[PREHASH_LEN];
    ready();
    if (memcmp(signature->id, key->id, SIGN_ID_LEN) != 0) {
        return false;
    }
    if (signature->is_prehashed) {
        prehash(message, hash);
        message = (struct span){(const char *)hash, sizeof(hash)};
    }
    struct span both = signature_and_comment(signature->raw, signature->trusted_comment, &arena);
    return crypto_sign_verify_detached(signature->raw, (const unsigned char *)message.ptr, message.len,
                                       key->key) == 0 &&
           crypto_sign_verify_detached(signature->global, (const unsigned char *)both.ptr, both.len,
                                       key->key) == 0;
}

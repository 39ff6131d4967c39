#include "base/sign.h"
#include "harness.h"

#include <stdlib.h>
#include <string.h>

/* Made with minisign 0.11: a key without a passphrase, and its signature over "hello\n". */
static const char minisign_public[] =
    "untrusted comment: minisign public key "
    "25E8231829052A34\nRWQ0KgUpGCPoJfbg791U29MMlRp4vjChVzG61PIOBQzjeHBfnVTjlsHO\n";
static const char minisign_secret[] =
    "untrusted comment: minisign encrypted secret "
    "key\nRWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAANCoFKRgj6CV32MLQcMeP/"
    "Fa2FuZkah2irelVqYNuofkvYLhbzkbGr/"
    "bg791U29MMlRp4vjChVzG61PIOBQzjeHBfnVTjlsHOAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
static const char minisign_signature[] =
    "untrusted comment: signature from minisign secret "
    "key\nRUQ0KgUpGCPoJaNLLgCLWntUmtyqDtyMiwrFQU5DnSRSFPmFxrYlL1N00erCSy28dO1c85/"
    "iEdLeR1sPQcX+SUn+cp6hHecoMgk=\n"
    "trusted comment: by "
    "minisign\ngJ8SKjWNtVYlBkKMzHIQT9qQwRl0yrJPN0u3XHGyyPxQc2zvkBk8QTEH+LsZIrBuNiGMlHFWXfGpJzSb06diBg==\n";
static const char minisign_legacy[] =
    "untrusted comment: signature from minisign secret "
    "key\nRWQ0KgUpGCPoJZWZ5ewt/"
    "bRfYIZQWCidceMOEbEf8JCfH2T6xMsmUdg6D1qF6zqTJNf+5r91SpC9h4mySPh4QXA63xHbj86tVwg=\n"
    "trusted comment: the old "
    "way\nxmke8/KwaPfHR7Us9WiU2HsUXK3Xwh3YJzfzzIV2K/b348VClcATSu+/2u9enlaHjbeI7MT/aZn9KlZc4SfYAg==\n";

TEST(sign, what_minisign_wrote_is_read_and_verified)
{
    struct sign_public key;
    struct sign_public derived;
    struct sign_secret secret;
    struct sign_signature signature;
    struct err err = {0};
    char id[SIGN_ID_HEX_LEN + 1];
    CHECK(sign_public_parse(SPAN(minisign_public), &key));
    sign_id_hex(key.id, id);
    CHECK_STR(id, "25E8231829052A34");
    CHECK_OK(sign_secret_parse(SPAN(minisign_secret), NULL, &secret, &err));
    sign_public_of(&secret, &derived);
    CHECK(sign_public_eq(&key, &derived));
    CHECK_STR(sign_public_file(&key, test_arena()), minisign_public);
    CHECK(sign_signature_parse(SPAN(minisign_signature), test_arena(), &signature));
    CHECK_STR(signature.trusted_comment, "by minisign");
    CHECK(signature.is_prehashed);
    CHECK(sign_verify(&signature, &key, SPAN("hello\n")));
    CHECK(sign_signature_parse(SPAN(minisign_legacy), test_arena(), &signature));
    CHECK(!signature.is_prehashed);
    CHECK(sign_verify(&signature, &key, SPAN("hello\n")));
}

/* Ed25519 is deterministic: the same key and message give the same file but for its first comment. */
TEST(sign, our_signature_is_the_one_minisign_makes)
{
    struct sign_secret secret;
    struct err err = {0};
    CHECK_OK(sign_secret_parse(SPAN(minisign_secret), NULL, &secret, &err));
    const char *text = sign_message(&secret, SPAN("hello\n"), "by minisign", test_arena());
    CHECK_STR(strchr(text, '\n'), strchr(minisign_signature, '\n'));
}

TEST(sign, a_changed_message_comment_signature_or_key_is_refused)
{
    struct sign_secret secret;
    struct sign_secret other;
    struct sign_public key;
    struct sign_public other_key;
    struct sign_signature signature;
    struct sign_signature changed;
    sign_generate(&secret);
    sign_generate(&other);
    sign_public_of(&secret, &key);
    sign_public_of(&other, &other_key);
    char *text = sign_message(&secret, SPAN("message"), "action=rollback", test_arena());
    CHECK(sign_signature_parse(span_of(text), test_arena(), &signature));
    CHECK(sign_verify(&signature, &key, SPAN("message")));
    CHECK(!sign_verify(&signature, &key, SPAN("massage")));
    CHECK(!sign_verify(&signature, &key, SPAN("")));
    CHECK(!sign_verify(&signature, &other_key, SPAN("message")));
    memcpy(other_key.id, key.id, sizeof(key.id)); /* the number alone proves nothing */
    CHECK(!sign_verify(&signature, &other_key, SPAN("message")));
    changed = signature;
    changed.trusted_comment = "action=up";
    CHECK(!sign_verify(&changed, &key, SPAN("message")));
    for (size_t i = 0; i < SIGN_RAW_LEN; i++) {
        changed = signature;
        changed.raw[i] ^= 1;
        CHECK(!sign_verify(&changed, &key, SPAN("message")));
        changed = signature;
        changed.global[i] ^= 1;
        CHECK(!sign_verify(&changed, &key, SPAN("message")));
    }
}

TEST(sign, an_encrypted_key_opens_with_its_passphrase_alone)
{
    struct sign_secret secret;
    struct sign_secret back;
    struct err err = {0};
    char *text;
    bool is_encrypted = false;
    sign_generate(&secret);
    CHECK_OK(sign_secret_file(&secret, "open sesame", test_arena(), &text, &err));
    CHECK_OK(sign_secret_is_encrypted(span_of(text), &is_encrypted, &err));
    CHECK(is_encrypted);
    CHECK_OK(sign_secret_parse(span_of(text), "open sesame", &back, &err));
    CHECK(memcmp(secret.key, back.key, sizeof(secret.key)) == 0);
    CHECK_INT(sign_secret_parse(span_of(text), "open barley", &back, &err), STATUS_USAGE);
    CHECK_INT(sign_secret_parse(span_of(text), NULL, &back, &err), STATUS_USAGE);
}

TEST(sign, a_damaged_key_is_refused)
{
    struct sign_secret secret;
    struct sign_secret back;
    struct sign_public key;
    struct err err = {0};
    char *text;
    sign_generate(&secret);
    CHECK_OK(sign_secret_file(&secret, NULL, test_arena(), &text, &err));
    CHECK_OK(sign_secret_parse(span_of(text), NULL, &back, &err));
    char *line = strchr(text, '\n') + 1;
    line[100] = line[100] == 'A' ? 'B' : 'A';
    CHECK_INT(sign_secret_parse(span_of(text), NULL, &back, &err), STATUS_USAGE);
    CHECK_INT(sign_secret_parse(SPAN(""), NULL, &back, &err), STATUS_USAGE);
    CHECK_INT(sign_secret_parse(SPAN("untrusted comment: x\nRWQ\n"), NULL, &back, &err), STATUS_USAGE);
    CHECK(!sign_public_parse(SPAN(""), &key));
    CHECK(!sign_public_parse(SPAN("RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO"), &key));
}

TEST(sign, text_that_is_no_signature_is_refused)
{
    static const char *const texts[] = {
        "",
        "untrusted comment: a\n",
        "untrusted comment: a\nRUQ\ntrusted comment: b\nAA==\n",
        "hello\nworld\ntrusted comment: b\nAA==\n",
    };
    struct sign_signature signature;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        CHECK(!sign_signature_parse(span_of(texts[i]), test_arena(), &signature));
    }
    /* cut off at each byte, the real one is refused, too, but for its last line feed */
    for (size_t len = 0; len + 1 < strlen(minisign_signature); len++) {
        CHECK(!sign_signature_parse((struct span){minisign_signature, len}, test_arena(), &signature));
    }
}

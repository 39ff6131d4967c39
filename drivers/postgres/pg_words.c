#include "postgres/pg_words.h"

#include "base/attr.h"
#include "driver/piece.h"

#include <string.h>

static bool
matches_one(struct span word, struct span pattern)
{
    while (pattern.len > 0) {
        const char *bar = memchr(pattern.ptr, '|', pattern.len);
        size_t len = bar == NULL ? pattern.len : (size_t)(bar - pattern.ptr);
        struct span upper = {pattern.ptr, len};
        bool same = word.len == len;
        for (size_t i = 0; same && i < len; i++) {
            char c = word.ptr[i];
            same = (c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c) == upper.ptr[i];
        }
        if (same) {
            return true;
        }
        pattern.ptr += len + (bar != NULL);
        pattern.len -= len + (bar != NULL);
    }
    return false;
}

static bool
matches_from(const struct pg_words *words, size_t at, struct span rest)
{
    struct span pattern;
    while (span_next_word(&rest, &pattern)) {
        if (span_is(pattern, "$")) {
            return at == words->n;
        }
        if (span_is(pattern, "*")) {
            for (; at < words->n; at++) {
                if (matches_from(words, at, rest)) {
                    return true;
                }
            }
            return false;
        }
        if (at >= words->n || (!span_is(pattern, "?") && !matches_one(words->items[at], pattern))) {
            return false;
        }
        at++;
    }
    return true;
}

bool
pg_words_match(const struct pg_words *words, const char *pattern)
{
    return matches_from(words, 0, span_of(pattern));
}

/* First match wins. A statement that may need to stand outside a transaction, but may not (CREATE
 * SUBSCRIPTION without a slot, REFRESH of a subscription), counts as one that does: there it always works. */
static const struct word_rule {
    const char *pattern;
    unsigned flags;
} word_rules[] = {
    {"BEGIN", PIECE_TXN_BEGIN},
    {"START TRANSACTION", PIECE_TXN_BEGIN},
    {"COMMIT|ROLLBACK PREPARED", PIECE_TXN_OTHER | PIECE_NO_TXN},
    {"COMMIT|END", PIECE_TXN_COMMIT},
    /* It leaves the session without a transaction, as a COMMIT does. */
    {"PREPARE TRANSACTION", PIECE_TXN_COMMIT},
    {"ROLLBACK TO", PIECE_TXN_OTHER},
    {"ROLLBACK WORK|TRANSACTION TO", PIECE_TXN_OTHER},
    {"ROLLBACK|ABORT", PIECE_TXN_ROLLBACK},
    {"SAVEPOINT|RELEASE", PIECE_TXN_OTHER},
    {"CREATE|DROP DATABASE|TABLESPACE|SUBSCRIPTION", PIECE_NO_TXN},
    {"ALTER DATABASE ? SET TABLESPACE", PIECE_NO_TXN},
    {"ALTER SUBSCRIPTION ? REFRESH|SET|ADD|DROP PUBLICATION", PIECE_NO_TXN},
    {"ALTER SYSTEM", PIECE_NO_TXN},
    {"CREATE INDEX CONCURRENTLY", PIECE_NO_TXN},
    {"CREATE UNIQUE INDEX CONCURRENTLY", PIECE_NO_TXN},
    {"DROP INDEX CONCURRENTLY", PIECE_NO_TXN},
    {"ALTER TABLE * DETACH PARTITION * CONCURRENTLY", PIECE_NO_TXN},
    {"REINDEX SCHEMA|DATABASE|SYSTEM", PIECE_NO_TXN},
    {"REINDEX * SCHEMA|DATABASE|SYSTEM ?", PIECE_NO_TXN},
    {"REINDEX * CONCURRENTLY", PIECE_NO_TXN},
    {"VACUUM", PIECE_NO_TXN},
    {"CLUSTER|REPACK $", PIECE_NO_TXN},
    {"CLUSTER|REPACK VERBOSE $", PIECE_NO_TXN},
    {"DISCARD ALL", PIECE_NO_TXN},
};

unsigned
pg_words_flags(const struct pg_words *words, unsigned version_num)
{
    for (size_t i = 0; i < COUNT_OF(word_rules); i++) {
        if (pg_words_match(words, word_rules[i].pattern)) {
            return word_rules[i].flags;
        }
    }
    /* From 12 on it is allowed; only the label cannot be used before the commit. Taking every such script out
     * of its transaction would cost more than the error that tells the few who use it at once. */
    if (version_num != 0 && version_num < 120000 && pg_words_match(words, "ALTER TYPE * ADD VALUE")) {
        return PIECE_NO_TXN;
    }
    return 0;
}

bool
pg_words_is_routine(const struct pg_words *words)
{
    return pg_words_match(words, "CREATE FUNCTION|PROCEDURE") ||
           pg_words_match(words, "CREATE OR REPLACE FUNCTION|PROCEDURE");
}

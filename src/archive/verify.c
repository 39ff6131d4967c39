/* Everything is decoded, every sum taken again. */
#include "archive/reader.h"

#include "base/io.h"

#include <pthread.h>

struct row_hasher {
    struct hash_state state;
    bool in_pieces;
    struct hash128 sum;
    uint64_t bytes;
};

static enum status
hash_piece(void *state, struct span bytes, bool ends_row, struct err *err)
{
    struct row_hasher *hasher = state;
    (void)err;
    hasher->bytes += bytes.len;
    if (ends_row && !hasher->in_pieces) {
        hasher->sum = hash128_add(hasher->sum, hash128(bytes));
        return STATUS_OK;
    }
    if (!hasher->in_pieces) {
        hash_begin(&hasher->state);
        hasher->in_pieces = true;
    }
    hash_add(&hasher->state, bytes);
    if (ends_row) {
        hasher->sum = hash128_add(hasher->sum, hash128_end(&hasher->state));
        hasher->in_pieces = false;
    }
    return STATUS_OK;
}

struct verifier {
    const struct snapshot_reader *reader;
    pthread_t thread;
    unsigned first; /* the groups first, first + step, ... */
    unsigned step;
    uint64_t plain_bytes;
    uint64_t spilled;
    struct err err;
};

static enum status
verify_groups(struct verifier *verifier, struct err *err)
{
    const struct snapshot_reader *reader = verifier->reader;
    SCAN_SCOPED *scan = scan_new(reader, NULL);
    for (uint64_t i = verifier->first; i < reader->footer.totals.groups; i += verifier->step) {
        struct row_hasher hasher = {.bytes = 0};
        struct row_sink sink = {hash_piece, &hasher};
        TRY(stop_check(err));
        TRY(scan_group(scan, i, &sink, err));
        if (!hash128_eq(hasher.sum, reader->footer.groups[i].sum)) {
            return reader_damaged(reader, "the rows of a group differ from their sum", err);
        }
        verifier->plain_bytes += hasher.bytes;
    }
    verifier->spilled = scan_spilled(scan);
    return STATUS_OK;
}

static void *
verify_thread(void *state)
{
    struct verifier *verifier = state;
    IGNORE(verify_groups(verifier, &verifier->err));
    return NULL;
}

enum { VERIFIER_MAX = 16 };

/* The last one runs in the calling thread. */
static void
run_verifiers(struct verifier *verifiers, unsigned n)
{
    unsigned started = 0;
    while (started + 1 < n &&
           pthread_create(&verifiers[started].thread, NULL, verify_thread, &verifiers[started]) == 0) {
        started++;
    }
    for (unsigned i = started; i < n; i++) {
        (void)verify_thread(&verifiers[i]);
    }
    for (unsigned i = 0; i < started; i++) {
        pthread_join(verifiers[i].thread, NULL);
    }
}

enum status
snapshot_verify(const struct snapshot_reader *reader, unsigned threads, struct err *err)
{
    struct verifier verifiers[VERIFIER_MAX] = {0};
    unsigned n = threads < 1 ? 1 : threads > VERIFIER_MAX ? VERIFIER_MAX : threads;
    n = n > reader->footer.totals.groups ? (unsigned)reader->footer.totals.groups : n;
    n = n < 1 ? 1 : n;
    uint64_t plain_bytes = 0;
    uint64_t spilled = 0;
    for (unsigned i = 0; i < n; i++) {
        verifiers[i] = (struct verifier){.reader = reader, .first = i, .step = n};
    }
    run_verifiers(verifiers, n);
    for (unsigned i = 0; i < n; i++) {
        if (verifiers[i].err.status != STATUS_OK) {
            *err = verifiers[i].err;
            return err->status;
        }
        plain_bytes += verifiers[i].plain_bytes;
        spilled += verifiers[i].spilled;
    }
    if (plain_bytes != reader->footer.totals.plain_bytes || spilled != reader->footer.spilled) {
        return reader_damaged(reader, "its bytes differ from the footer's count", err);
    }
    return STATUS_OK;
}

/* Records in the order of a hash, however many there are: memory is flat, the rest goes to a file that has no
 * name and is gone with the process. Sorted runs, merged (Knuth, The Art of Computer Programming, vol.
 * 3, 5.4.1). */
#ifndef RECON_SPOOL_H
#define RECON_SPOOL_H

#include "base/buf.h"
#include "base/hash.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SPOOL_MEMORY = 8 << 20, /* bytes of records before a run is written */
    SPOOL_KEPT = 1 << 20    /* of a sealed spool: more than that waits in the file */
};

struct spool_run {
    uint64_t at;
    uint64_t end;
};

struct spool_reader;

struct spool {
    const char *folder; /* borrowed; where the file is made when it is needed */
    size_t memory;      /* bytes of records before a run is written */
    struct arena arena;
    struct buf records;
    struct buf order; /* where each one lies */
    VEC(struct spool_run) runs;
    int fd;            /* -1: none */
    uint64_t file_len; /* of the file */
    uint64_t n;
    struct spool_reader *readers; /* a run each, as a heap; once sealed */
    size_t n_readers;
    size_t at; /* of the next one when all are in memory */
};

struct spool_record {
    struct hash128 key;
    struct span bytes; /* borrowed until the next call */
};

/* `memory` 0: SPOOL_MEMORY. */
void spool_init(struct spool *spool, const char *folder, size_t memory);
void spool_release(struct spool *spool);

enum status spool_add(struct spool *spool, struct hash128 key, struct span bytes, struct err *err) MUST_USE;
/* No more are added. */
enum status spool_seal(struct spool *spool, struct err *err) MUST_USE;
/* Of a sealed one: the next record by key, those of one key in the order of arrival; `*found` false at the
 * end. */
enum status spool_next(struct spool *spool, struct spool_record *out, bool *found, struct err *err) MUST_USE;

/* Where files of no name go: $TMPDIR, else /var/tmp. */
const char *spool_folder(void);

#endif

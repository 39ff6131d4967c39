/* An open snapshot, for the files that read from it; everybody else uses snapshot.h. */
#ifndef ARCHIVE_READER_H
#define ARCHIVE_READER_H

#include "archive/layout.h"

struct snapshot_reader {
    struct arena arena;
    const char *path;
    int fd;
    uint64_t size;
    uint64_t header_len;
    struct trailer trailer;
    struct snapshot_header header;
    struct footer footer;
};

/* CORRUPT with the file's name. */
enum status reader_damaged(const struct snapshot_reader *reader, const char *what, struct err *err);
/* Names the file in errors of those below, which do not know it. */
enum status reader_named(const struct snapshot_reader *reader, enum status status, struct err *err) MUST_USE;
/* Replaces what is in `out`. CORRUPT when that is not in the file. */
enum status reader_read(const struct snapshot_reader *reader, uint64_t offset, size_t len, struct buf *out,
                        struct err *err) MUST_USE;

/* Reads one group after the other; memory for one thread. `wanted` as in snapshot_read. */
struct scan;
struct scan *scan_new(const struct snapshot_reader *reader, const bool *wanted);
void scan_free(struct scan *scan);
void scan_free_p(struct scan **scan);
#define SCAN_SCOPED CLEANUP(scan_free_p) struct scan

enum status
scan_group(struct scan *scan, uint64_t group, const struct row_sink *sink, struct err *err) MUST_USE;
/* Stored bytes of the spilled parts that it has read. */
uint64_t scan_spilled(const struct scan *scan);

#endif

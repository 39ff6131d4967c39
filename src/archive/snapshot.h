/* Snapshot files: the rows of one table, in columns, compressed, checksummed, read back before they count.
 * Rows travel as row images (driver/rowimage.h). docs/snapshot-format.md specifies the file and what stands
 * in the cells. */
#ifndef ARCHIVE_SNAPSHOT_H
#define ARCHIVE_SNAPSHOT_H

#include "archive/column.h"
#include "base/arena.h"
#include "base/hash.h"
#include "driver/rowimage.h"

/* Limits of the format: what a reader must be ready for. */
enum {
    SNAPSHOT_VERSION = 1,
    COLUMN_MAX = 4096,
    GROUP_BYTES = 4 << 20,    /* a writer closes a row group once it holds that many plain bytes */
    SPILL_BYTES = 1 << 20,    /* longer cells leave the row group */
    ROW_INLINE_MAX = 8 << 20, /* and so do cells that would push a row's own bytes past this */
    SPILL_PART_BYTES = 4 << 20
};

struct snapshot_column {
    const char *name;
    const char *type;      /* exact, as the engine spells it */
    const char *form;      /* how its cells are written: "pg.int4", "my.double", "sqlite", "text", "bytes" */
    const char *collation; /* "" when the type has none */
    struct column_traits traits;
    bool not_null;
    bool is_generated;
    bool is_identity;
    unsigned key_place; /* 1-based place in the key; 0: not part of it */
};

/* Who wrote what, where and when. Strings may be empty, never NULL once read. */
struct snapshot_header {
    const char *kind;      /* "table", "columns", "changeset" */
    const char *operation; /* id of the operation it belongs to */
    const char *service;
    const char *engine; /* as in struct identity */
    const char *server; /* its version */
    const char *system; /* system identifier */
    const char *database;
    const char *table;    /* qualified */
    const char *point;    /* consistency point: LSN, GTID or binlog position, change counter */
    const char *settings; /* session settings that the cells depend on: "TimeZone=UTC;..." */
    const char *writer;   /* "rollcall 0.1.0" */
    int64_t created_us;
    struct snapshot_column *columns;
    size_t n_columns;
};

struct snapshot_totals {
    uint64_t rows;
    uint64_t groups;
    uint64_t plain_bytes;  /* of the cells */
    uint64_t stored_bytes; /* of the file */
    struct hash128 sum;    /* of the XXH3-128 of every row image, mod 2^128 */
};

/* -- writing -------------------------------------------------------------------------------------------- */

struct snapshot_writer;
struct snapshot_lane;

struct snapshot_options {
    int level;          /* of zstd; 0: 1 */
    bool in_background; /* each lane compresses in a thread of its own */
    unsigned verifiers; /* threads that read the file back; 0: 1 */
    /* A file of up to so many bytes is not flushed to the disk: somebody keeps another copy of it. */
    uint64_t unflushed_max;
};

/* Creates "PATH.part-..." beside the final name (0600, must not exist). `path` itself must not exist. Nothing
 * of the name `path` is there before snapshot_finish has verified the file. */
enum status snapshot_create(const char *path, const struct snapshot_header *header,
                            const struct snapshot_options *options, struct snapshot_writer **out,
                            struct err *err) MUST_USE;
/* A stream of rows into the file; several lanes may run in a thread each. Rows have no order. Owned by the
 * writer. */
enum status
snapshot_lane(struct snapshot_writer *writer, struct snapshot_lane **out, struct err *err) MUST_USE;
enum status snapshot_add(struct snapshot_lane *lane, struct span image, struct err *err) MUST_USE;
/* Rows added so far to all lanes; exact once they are flushed. */
enum status snapshot_flush(struct snapshot_lane *lane, struct err *err) MUST_USE;
/* Flushes all lanes, completes the file, fsyncs it, opens it anew, decodes every frame, compares rows and sum
 * with what was added and `expected_rows` (-1: unknown), renames it, fsyncs the folder. CORRUPT when what is
 * read is not what was written. Releases the writer in any case; after a failure the temporary file is gone.
 */
enum status snapshot_finish(struct snapshot_writer *writer, int64_t expected_rows,
                            struct snapshot_totals *out, struct err *err) MUST_USE;
/* Gives up: removes the temporary file, releases the writer. NULL is fine. */
void snapshot_discard(struct snapshot_writer *writer);

/* -- reading -------------------------------------------------------------------------------------------- */

struct snapshot_reader;

/* Opens and checks header, footer and trailer. CORRUPT when it is no whole snapshot, UNSUPPORTED when it is
 * of a newer format. */
enum status snapshot_open(const char *path, struct snapshot_reader **out, struct err *err) MUST_USE;
void snapshot_close(struct snapshot_reader *reader); /* NULL is fine */
void snapshot_close_p(struct snapshot_reader **reader);
#define SNAPSHOT_SCOPED CLEANUP(snapshot_close_p) struct snapshot_reader

const struct snapshot_header *snapshot_header(const struct snapshot_reader *reader);
const struct snapshot_totals *snapshot_totals(const struct snapshot_reader *reader);
/* The values of the first key column in a group, where it is a number; false when they are not known. */
bool snapshot_group_range(const struct snapshot_reader *reader, uint64_t group, int64_t *min, int64_t *max);

/* Gets row images in pieces: a row with cells that were spilled comes in several, the last with `ends_row`.
 * Borrowed until it returns. */
struct row_sink {
    enum status (*piece)(void *state, struct span bytes, bool ends_row, struct err *err);
    void *state;
};

/* Passes the rows of groups [from, to) to the sink. `wanted` has a flag a column: images hold only those, and
 * only their frames are read; NULL is all. May be called from several threads with their own sinks. */
enum status snapshot_read(const struct snapshot_reader *reader, uint64_t from, uint64_t to,
                          const bool *wanted, const struct row_sink *sink, struct err *err) MUST_USE;

/* Decodes everything and compares it with all sums, in `threads` threads. CORRUPT names the place. */
enum status snapshot_verify(const struct snapshot_reader *reader, unsigned threads, struct err *err) MUST_USE;

#endif

/* A table that is nowhere but in a function of the row number, to fill snapshots with. */
#ifndef TESTS_UNIT_SNAPSHOT_SAMPLE_H
#define TESTS_UNIT_SNAPSHOT_SAMPLE_H

#include "archive/snapshot.h"

enum { SAMPLE_COLUMNS = 4 };
extern struct snapshot_column sample_columns[SAMPLE_COLUMNS];
extern const struct snapshot_header sample_header;
extern const struct snapshot_options sample_options;

/* In the folder of the running test. */
const char *sample_path(const char *name);
/* How many files that folder has. */
size_t sample_files(void);
/* The image of the nth row. */
void sample_row(uint64_t n, struct buf *image);
struct snapshot_writer *sample_create(const char *path, const struct snapshot_options *options);
/* Rows [from, to). */
enum status sample_add(struct snapshot_lane *lane, uint64_t from, uint64_t to, struct err *err) MUST_USE;
/* A finished snapshot of rows [0, rows). */
enum status sample_write(const char *path, uint64_t rows, const struct snapshot_options *options,
                         struct err *err) MUST_USE;
/* Checks that the file verifies and holds exactly rows [0, rows), in order. */
void sample_check(const char *path, uint64_t rows);

#endif

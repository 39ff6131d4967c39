/* Files, with every error named and every side effect behind a named fault point. */
#ifndef BASE_IO_H
#define BASE_IO_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* Reads a whole regular file; a file larger than buf->max is an error. */
enum status io_read_file(const char *path, struct buf *out, struct err *err) MUST_USE;
/* Temp name in the same directory, fsync, rename, fsync of the directory; mode as given. */
enum status io_write_file(const char *path, struct span data, unsigned mode, struct err *err) MUST_USE;
/* The same without waiting for the disk: after a crash of the machine the file may be damaged or missing. */
enum status io_write_file_soon(const char *path, struct span data, unsigned mode, struct err *err) MUST_USE;
/* At the end of a file, which is made when it is missing; in one piece, flushed. */
enum status io_append_file(const char *path, struct span data, unsigned mode, struct err *err) MUST_USE;
/* A copy under a name that nothing has yet, not flushed; mode as given. */
enum status io_copy_file(const char *from, const char *to, unsigned mode, struct err *err) MUST_USE;
/* Flushes the folder that holds `path`, so that a rename or a new name in it is durable. */
enum status io_sync_dir(const char *path, struct err *err) MUST_USE;
enum status io_make_dirs(const char *path, unsigned mode, struct err *err) MUST_USE;
bool io_exists(const char *path);
bool io_is_dir(const char *path);
/* Absolute path with links resolved; arena. */
enum status io_real_path(struct arena *arena, const char *path, char **out, struct err *err) MUST_USE;
enum status io_free_bytes(const char *path, uint64_t *out, struct err *err) MUST_USE;

struct io_entry {
    const char *name; /* arena */
    bool is_dir;      /* after following links */
    bool is_link;
};
struct io_listing {
    struct io_entry *entries; /* sorted by name, byte order; without "." and ".." */
    size_t n;
};
enum status
io_list_dir(struct arena *arena, const char *path, struct io_listing *out, struct err *err) MUST_USE;

/* A named point where tests can make the process crash, fail, or lose an answer. In release builds
 * it does nothing. Armed by ROLLCALL_FAULT="name=action[@nth][,...]"; actions: crash (before),
 * crash-after, error, unknown. Returns STATUS_IO (error) or STATUS_UNKNOWN when armed so. Call
 * fault_before ahead of the side effect and fault_after behind it. "crash" and "error" act before it,
 * "crash-after" and "unknown" after it, at the nth pass (1 when not given). ROLLCALL_FAULT_TRACE names a file
 * that gets the name of every point passed. */
enum status fault_before(const char *name, struct err *err) MUST_USE;
enum status fault_after(const char *name, struct err *err) MUST_USE;

/* Signals: installed once by main; everything else asks. */
void stop_install(void);
bool stop_requested(void);
/* STATUS_CANCELLED once SIGINT or SIGTERM came. */
enum status stop_check(struct err *err) MUST_USE;

#endif

/* Scratch databases: files beside the connection's own, named as they are called. */
#include "sqlite/internal.h"

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const side_files[] = {"-wal", "-shm", "-journal"};

/* -- names -------------------------------------------------------------------------------------------- */

/* Beside the database; where that cannot be written, and for one in memory, where temporary files go. */
static const char *
scratch_dir(struct sqlite_conn *self, struct arena *arena)
{
    const char *slash = strrchr(self->location.path, '/');
    if (!self->location.is_memory && slash != NULL) {
        size_t len = slash == self->location.path ? 1 : (size_t)(slash - self->location.path);
        const char *dir = arena_strndup(arena, self->location.path, len);
        if (access(dir, W_OK) == 0) {
            return dir;
        }
    }
    const char *dir = getenv("TMPDIR");
    return str_is_empty(dir) ? "/tmp" : dir;
}

/* Names come from us, and become part of a path: nothing but letters, digits, "_" and "-". */
static enum status
scratch_path(struct sqlite_conn *self, const char *name, struct arena *arena, const char **out,
             struct err *err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    if (!str_starts(name, "rollcall_")) {
        return err_raise(err, STATUS_POLICY, "'%s' is not a scratch database of ours", name);
    }
    if (name[strspn(name, allowed)] != '\0') {
        return err_raise(err, STATUS_USAGE, "'%s' cannot be the name of a scratch database", name);
    }
    *out = arena_printf(arena, "%s/%s", scratch_dir(self, arena), name);
    return STATUS_OK;
}

static char *
scratch_url(const char *path, struct arena *arena)
{
    struct location location = {.path = path, .is_volatile = true};
    return location_url(&location, arena);
}

/* -- making ------------------------------------------------------------------------------------------- */

enum status
sqlite_create_database(struct conn *conn, const char *name, struct arena *arena, char **url, struct err *err)
{
    const char *path = "";
    TRY(scratch_path(sqlite_of(conn), name, arena, &path, err));
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        enum status status = errno == EEXIST ? STATUS_SQL : STATUS_IO;
        return err_raise(err, status, "cannot create the database '%s': %s", path, strerror(errno));
    }
    close(fd);
    *url = scratch_url(path, arena);
    return STATUS_OK;
}

/* Brings what a write-ahead log or a left-over journal holds into the file itself. */
static enum status
settle(const char *path, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    bool is_settled = true;
    for (size_t i = 0; i < COUNT_OF(side_files); i++) {
        is_settled = is_settled && !io_exists(arena_printf(&scratch, "%s%s", path, side_files[i]));
    }
    if (is_settled) {
        return STATUS_OK;
    }
    struct sqlite_conn writer = {0};
    enum status status = STATUS_OK;
    int code = sqlite3_open_v2(path, &writer.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK) {
        status = sqlite_raise(&writer, code, err);
    } else {
        status = sqlite_run(&writer, "pragma wal_checkpoint(truncate)", err);
    }
    (void)sqlite3_close(writer.db);
    return status;
}

enum status
sqlite_fork_database(struct conn *conn, const char *from, const char *name, struct arena *arena, char **url,
                     struct err *err)
{
    struct sqlite_conn *self = sqlite_of(conn);
    const char *from_path = "";
    const char *path = "";
    TRY(scratch_path(self, from, arena, &from_path, err));
    TRY(scratch_path(self, name, arena, &path, err));
    if (!io_exists(from_path)) {
        return err_raise(err, STATUS_SQL, "there is no database '%s'", from_path);
    }
    if (io_exists(path)) {
        return err_raise(err, STATUS_SQL, "the database '%s' exists already", path);
    }
    TRY(settle(from_path, err));
    TRY(io_copy_file(from_path, path, 0600, err));
    *url = scratch_url(path, arena);
    return STATUS_OK;
}

/* -- taking away -------------------------------------------------------------------------------------- */

enum status
sqlite_drop_database(struct conn *conn, const char *name, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    const char *path = "";
    TRY(scratch_path(sqlite_of(conn), name, &scratch, &path, err));
    for (size_t i = 0; i < COUNT_OF(side_files); i++) {
        (void)unlink(arena_printf(&scratch, "%s%s", path, side_files[i]));
    }
    if (unlink(path) != 0) {
        enum status status = errno == ENOENT ? STATUS_SQL : STATUS_IO;
        return err_raise(err, status, "cannot drop the database '%s': %s", path, strerror(errno));
    }
    return STATUS_OK;
}

static bool
is_side_file(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(side_files); i++) {
        if (str_ends(name, side_files[i])) {
            return true;
        }
    }
    return false;
}

enum status
sqlite_list_databases(struct conn *conn, const char *prefix, struct arena *arena, const char ***names,
                      size_t *n, struct err *err)
{
    const char *dir = scratch_dir(sqlite_of(conn), arena);
    struct io_listing listing = {NULL, 0};
    struct map in_use;
    VEC(const char *) list = {0};
    char *real_dir = NULL;
    map_init(&in_use, arena);
    TRY(io_real_path(arena, dir, &real_dir, err));
    TRY(io_list_dir(arena, real_dir, &listing, err));
    if (!files_in_use(arena_printf(arena, "%s/%s", real_dir, prefix), arena, &in_use)) {
        listing.n = 0; /* nobody can say who uses them */
    }
    for (size_t i = 0; i < listing.n; i++) {
        const char *name = listing.entries[i].name;
        const char *path = arena_printf(arena, "%s/%s", real_dir, name);
        if (str_starts(name, prefix) && !listing.entries[i].is_dir && !is_side_file(name) &&
            map_get(&in_use, span_of(path)) == NULL) {
            vec_push(arena, &list, name);
        }
    }
    *names = list.items;
    *n = list.n;
    return STATUS_OK;
}

#define _XOPEN_SOURCE 700 /* realpath */
#include "base/io.h"

#include "base/clock.h"
#include "base/vec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static enum status
raise_errno(struct err *err, const char *what, const char *path)
{
    return err_raise(err, STATUS_IO, "cannot %s '%s': %s", what, path, strerror(errno));
}

static void
close_fd(const int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}
#define FD_SCOPED CLEANUP(close_fd) int

static enum status
read_all(int fd, const char *path, struct buf *out, struct err *err)
{
    enum { CHUNK = 64 * 1024 };
    for (;;) {
        size_t want = out->max - out->len < CHUNK ? out->max - out->len : CHUNK;
        char *at = buf_room(out, want);
        ssize_t n = at == NULL || want == 0 ? 0 : read(fd, at, want);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return raise_errno(err, "read", path);
        }
        if (n == 0) {
            buf_add(out, "", 0); /* the closing NUL */
            return STATUS_OK;
        }
        out->len += (size_t)n;
    }
}

enum status
io_read_file(const char *path, struct buf *out, struct err *err)
{
    /* Not blocking: opening a named pipe must not hang before we can refuse it. */
    FD_SCOPED fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat info;
    if (fd < 0 || fstat(fd, &info) != 0) {
        return raise_errno(err, "read", path);
    }
    if (!S_ISREG(info.st_mode)) {
        return err_raise(err, STATUS_IO, "cannot read '%s': not a regular file", path);
    }
    size_t room = out->max - out->len;
    if (info.st_size > 0 && (uint64_t)info.st_size > room) {
        return err_raise(err, STATUS_IO, "cannot read '%s': larger than %zu bytes", path, room);
    }
    if (info.st_size > 0) {
        (void)buf_room(out, (size_t)info.st_size);
    }
    TRY(read_all(fd, path, out, err));
    /* It may have grown since fstat. */
    char extra = 0;
    if (out->len == out->max && read(fd, &extra, 1) == 1) {
        return err_raise(err, STATUS_IO, "cannot read '%s': larger than %zu bytes", path, room);
    }
    return STATUS_OK;
}

static enum status
write_all(int fd, const char *path, struct span data, struct err *err)
{
    while (data.len > 0) {
        ssize_t n = write(fd, data.ptr, data.len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return raise_errno(err, "write", path);
        }
        data.ptr += n;
        data.len -= (size_t)n;
    }
    return STATUS_OK;
}

enum status
io_sync_dir(const char *path, struct err *err)
{
    const char *slash = strrchr(path, '/');
    ARENA_SCOPED arena = {0};
    const char *dir = slash == NULL   ? "."
                      : slash == path ? "/"
                                      : arena_strndup(&arena, path, (size_t)(slash - path));
    FD_SCOPED fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL)) {
        return raise_errno(err, "flush the folder", dir);
    }
    return STATUS_OK;
}

enum status
io_copy_file(const char *from, const char *to, unsigned mode, struct err *err)
{
    enum { CHUNK = 256 * 1024 };
    BUF_SCOPED chunk = BUF_INIT(CHUNK);
    FD_SCOPED in = open(from, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (in < 0) {
        return raise_errno(err, "read", from);
    }
    FD_SCOPED out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, (mode_t)mode);
    if (out < 0) {
        return raise_errno(err, "create", to);
    }
    char *at = buf_room(&chunk, CHUNK);
    for (;;) {
        ssize_t n = read(in, at, CHUNK);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return raise_errno(err, "read", from);
        }
        if (n == 0) {
            return STATUS_OK;
        }
        TRY(write_all(out, to, (struct span){at, (size_t)n}, err));
    }
}

static enum status
write_temp(const char *temp, struct span data, unsigned mode, bool flushes, struct err *err)
{
    FD_SCOPED fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, (mode_t)mode);
    if (fd < 0) {
        return raise_errno(err, "create", temp);
    }
    TRY(write_all(fd, temp, data, err));
    /* The umask had its say at open. */
    if (fchmod(fd, (mode_t)mode) != 0) {
        return raise_errno(err, "set the mode of", temp);
    }
    TRY(fault_before("file.fsync", err));
    if (flushes && fsync(fd) != 0) {
        return raise_errno(err, "flush", temp);
    }
    return fault_after("file.fsync", err);
}

static enum status
replace_with(const char *temp, const char *path, bool flushes, struct err *err)
{
    TRY(fault_before("file.rename", err));
    if (rename(temp, path) != 0) {
        return raise_errno(err, "rename to", path);
    }
    TRY(fault_after("file.rename", err));
    return flushes ? io_sync_dir(path, err) : STATUS_OK;
}

static enum status
write_file(const char *path, struct span data, unsigned mode, bool flushes, struct err *err)
{
    char id[33];
    ARENA_SCOPED arena = {0};
    random_id(id);
    const char *temp = arena_printf(&arena, "%s.tmp-%.12s", path, id);
    enum status status = write_temp(temp, data, mode, flushes, err);
    if (status == STATUS_OK) {
        status = replace_with(temp, path, flushes, err);
    }
    if (status != STATUS_OK) {
        unlink(temp);
    }
    return status;
}

enum status
io_write_file(const char *path, struct span data, unsigned mode, struct err *err)
{
    return write_file(path, data, mode, true, err);
}

enum status
io_write_file_soon(const char *path, struct span data, unsigned mode, struct err *err)
{
    return write_file(path, data, mode, false, err);
}

enum status
io_append_file(const char *path, struct span data, unsigned mode, struct err *err)
{
    FD_SCOPED fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, (mode_t)mode);
    if (fd < 0) {
        return raise_errno(err, "open", path);
    }
    TRY(fault_before("file.append", err));
    TRY(write_all(fd, path, data, err));
    if (fsync(fd) != 0) {
        return raise_errno(err, "flush", path);
    }
    return fault_after("file.append", err);
}

enum status
io_make_dirs(const char *path, unsigned mode, struct err *err)
{
    ARENA_SCOPED arena = {0};
    char *part = arena_strdup(&arena, path);
    for (char *at = part + 1; part[0] != '\0'; at++) {
        bool is_end = *at == '\0';
        if (!is_end && *at != '/') {
            continue;
        }
        *at = '\0';
        if (mkdir(part, (mode_t)mode) != 0 && !(errno == EEXIST && io_is_dir(part))) {
            return raise_errno(err, "make the folder", part);
        }
        if (is_end) {
            return STATUS_OK;
        }
        *at = '/';
    }
    return err_raise(err, STATUS_IO, "cannot make a folder without a name");
}

bool
io_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

bool
io_is_dir(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static void
free_path(char **path)
{
    free(*path);
}

enum status
io_real_path(struct arena *arena, const char *path, char **out, struct err *err)
{
    CLEANUP(free_path) char *real = realpath(path, NULL);
    if (real == NULL) {
        return raise_errno(err, "find", path);
    }
    *out = arena_strdup(arena, real);
    return STATUS_OK;
}

enum status
io_free_bytes(const char *path, uint64_t *out, struct err *err)
{
    struct statvfs info;
    if (statvfs(path, &info) != 0) {
        return raise_errno(err, "read the free space of", path);
    }
    *out = (uint64_t)info.f_bavail * info.f_frsize;
    return STATUS_OK;
}

static int
compare_entries(const void *a, const void *b)
{
    const struct io_entry *left = a;
    const struct io_entry *right = b;
    return strcmp(left->name, right->name);
}

static void
close_dir(DIR **dir)
{
    if (*dir != NULL) {
        closedir(*dir);
    }
}

enum status
io_list_dir(struct arena *arena, const char *path, struct io_listing *out, struct err *err)
{
    CLEANUP(close_dir) DIR *dir = opendir(path);
    VEC(struct io_entry) entries = {0};
    if (dir == NULL) {
        return raise_errno(err, "list", path);
    }
    for (;;) {
        errno = 0;
        const struct dirent *found = readdir(dir);
        if (found == NULL) {
            break;
        }
        if (str_eq(found->d_name, ".") || str_eq(found->d_name, "..")) {
            continue;
        }
        struct stat info;
        struct io_entry entry = {.name = arena_strdup(arena, found->d_name)};
        if (fstatat(dirfd(dir), found->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0) {
            entry.is_link = S_ISLNK(info.st_mode);
            /* A link that leads nowhere stays in the list, as what it is. */
            if (!entry.is_link || fstatat(dirfd(dir), found->d_name, &info, 0) == 0) {
                entry.is_dir = S_ISDIR(info.st_mode);
            }
        }
        vec_push(arena, &entries, entry);
    }
    if (errno != 0) {
        return raise_errno(err, "list", path);
    }
    if (entries.n > 0) {
        qsort(entries.items, entries.n, sizeof(entries.items[0]), compare_entries);
    }
    *out = (struct io_listing){entries.items, entries.n};
    return STATUS_OK;
}

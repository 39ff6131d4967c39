/* Who stands in the way: SQLite does not say, but its locks are the operating system's, and Linux does. */
#include "sqlite/internal.h"

#include "base/io.h"

#include <dirent.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { LINK_MAX_LEN = 4096, PROC_TEXT_MAX = 1 << 22 };

/* -- open files --------------------------------------------------------------------------------------- */

static bool
is_number(const char *text)
{
    return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* Adds the files that the process has open and whose paths begin with `prefix`. */
static void
add_open_files(const char *pid, const char *prefix, struct arena *arena, struct map *out)
{
    struct arena_mark mark = arena_save(arena);
    DIR *dir = opendir(arena_printf(arena, "/proc/%s/fd", pid));
    const struct dirent *entry;
    arena_restore(arena, mark);
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char path[LINK_MAX_LEN];
        ssize_t len = readlinkat(dirfd(dir), entry->d_name, path, sizeof(path) - 1);
        if (len <= 0) {
            continue;
        }
        path[len] = '\0';
        if (str_starts(path, prefix)) {
            (void)map_put(out, span_of(path), out);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
}

bool
files_in_use(const char *prefix, struct arena *arena, struct map *out)
{
    DIR *dir = opendir("/proc");
    const struct dirent *entry;
    size_t n = 0;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (is_number(entry->d_name)) {
            add_open_files(entry->d_name, prefix, arena, out);
            n++;
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    return n > 0;
}

/* -- locks -------------------------------------------------------------------------------------------- */

/* One line of /proc/locks: "1: POSIX  ADVISORY  WRITE 1234 fe:00:247066 1073741825 1073741825". A line with
 * "->" waits for a lock and holds none. */
struct lock {
    bool is_write;
    const char *pid;
    const char *file; /* "fe:00:247066": device and inode */
};

static bool
parse_lock(struct span line, struct arena *arena, struct lock *out)
{
    struct span words[6];
    size_t n = 0;
    while (n < COUNT_OF(words) && span_next_word(&line, &words[n])) {
        n++;
    }
    if (n < COUNT_OF(words) || !span_is(words[1], "POSIX")) {
        return false;
    }
    out->is_write = span_is(words[3], "WRITE");
    out->pid = arena_strndup(arena, words[4].ptr, words[4].len);
    out->file = arena_strndup(arena, words[5].ptr, words[5].len);
    return is_number(out->pid);
}

/* The files SQLite locks: the database itself, in WAL mode its shared memory. */
struct locked_file {
    const char *path;
    struct stat info;
    bool exists;
};

static bool
is_lock_on(const struct lock *lock, const struct locked_file *file, struct arena *arena)
{
    const char *inode = arena_printf(arena, ":%llu", (unsigned long long)file->info.st_ino);
    if (!file->exists || !str_ends(lock->file, inode)) {
        return false;
    }
    const char *device = arena_printf(arena, "%02x:%02x", major(file->info.st_dev), minor(file->info.st_dev));
    if (str_starts(lock->file, device)) {
        return true;
    }
    /* Layered file systems give the lock another device than the file. */
    struct map open_files;
    map_init(&open_files, arena);
    add_open_files(lock->pid, file->path, arena, &open_files);
    return open_files.n > 0;
}

static const char *
first_line(const char *path, struct arena *arena)
{
    BUF_SCOPED text = BUF_INIT(PROC_TEXT_MAX);
    struct err ignored = {0};
    struct span line;
    if (io_read_file(path, &text, &ignored) != STATUS_OK) {
        return "";
    }
    struct span rest = buf_view(&text);
    return span_next_line(&rest, &line) ? arena_strndup(arena, line.ptr, line.len) : "";
}

static const char *
user_of(const char *pid, struct arena *arena)
{
    struct stat info;
    struct passwd entry;
    struct passwd *found = NULL;
    char text[1024];
    if (stat(arena_printf(arena, "/proc/%s", pid), &info) != 0) {
        return "";
    }
    if (getpwuid_r(info.st_uid, &entry, text, sizeof(text), &found) != 0 || found == NULL) {
        return arena_printf(arena, "%u", (unsigned)info.st_uid);
    }
    return arena_strdup(arena, found->pw_name);
}

static void
add_blocker(struct blockers *out, const struct lock *lock, struct arena *arena)
{
    for (size_t i = 0; i < out->n; i++) {
        if (str_eq(out->items[i].session, lock->pid)) {
            return;
        }
    }
    struct blocker blocker = {
        .session = lock->pid,
        .user = user_of(lock->pid, arena),
        .application = first_line(arena_printf(arena, "/proc/%s/comm", lock->pid), arena),
        .state = lock->is_write ? "writing" : "reading",
        .age_ms = -1,
        .query = "",
    };
    vec_push(arena, out, blocker);
}

/* Writers; readers only when nobody writes, for then they are what a COMMIT waits for. Locks of this process
 * count unless the connection has a transaction of its own: then they are likely its own. */
static void
add_blockers(struct span locks, const struct locked_file *files, size_t n_files, bool skip_own,
             bool want_write, struct arena *arena, struct blockers *out)
{
    const char *own = arena_printf(arena, "%ld", (long)getpid());
    struct span line;
    while (span_next_line(&locks, &line)) {
        struct lock lock;
        if (!parse_lock(line, arena, &lock) || lock.is_write != want_write ||
            (skip_own && str_eq(lock.pid, own))) {
            continue;
        }
        for (size_t i = 0; i < n_files; i++) {
            if (is_lock_on(&lock, &files[i], arena)) {
                add_blocker(out, &lock, arena);
            }
        }
    }
}

enum status
sqlite_blockers(struct conn *conn, struct arena *arena, struct blockers *out, struct err *err)
{
    struct sqlite_conn *self = sqlite_of(conn);
    BUF_SCOPED locks = BUF_INIT(PROC_TEXT_MAX);
    const char *path = self->location.path;
    struct locked_file files[] = {{.path = path}, {.path = arena_printf(arena, "%s-shm", path)}};
    bool skip_own = !sqlite3_get_autocommit(self->db);
    *out = (struct blockers){0};
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        files[i].exists = stat(files[i].path, &files[i].info) == 0;
    }
    if (self->location.is_memory || io_read_file("/proc/locks", &locks, err) != STATUS_OK) {
        err_clear(err);
        return STATUS_OK;
    }
    add_blockers(buf_view(&locks), files, COUNT_OF(files), skip_own, true, arena, out);
    if (out->n == 0) {
        add_blockers(buf_view(&locks), files, COUNT_OF(files), skip_own, false, arena, out);
    }
    return STATUS_OK;
}

#include "base/backlog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { RUN_LEN = 1 << 20 };

void
backlog_init(struct backlog *backlog, const char *dir, size_t record_max)
{
    *backlog = (struct backlog){
        .buf = BUF_INIT(record_max + RUN_LEN), .back = BUF_INIT(record_max + RUN_LEN), .dir = dir, .fd = -1};
}

void
backlog_release(struct backlog *backlog)
{
    buf_release(&backlog->buf);
    buf_release(&backlog->back);
    if (backlog->fd >= 0) {
        (void)close(backlog->fd);
        backlog->fd = -1;
    }
}

static enum status
raise_errno(const struct backlog *backlog, const char *what, struct err *err)
{
    (void)err_raise(err, STATUS_IO, "cannot %s a temporary file in '%s': %s", what, backlog->dir,
                    strerror(errno));
    return errno == ENOSPC ? err_hint(err, "free some space there and run the command again") : err->status;
}

static enum status
open_file(struct backlog *backlog, struct err *err)
{
    BUF_SCOPED path = BUF_INIT(BUF_TEXT_MAX);
    buf_printf(&path, "%s/.rollcall-XXXXXX", backlog->dir);
    (void)buf_cstr(&path);
    backlog->fd = mkstemp(path.data);
    if (backlog->fd < 0) {
        return raise_errno(backlog, "make", err);
    }
    (void)fcntl(backlog->fd, F_SETFD, FD_CLOEXEC);
    return unlink(path.data) == 0 ? STATUS_OK : raise_errno(backlog, "unlink", err);
}

static enum status
put(struct backlog *backlog, const void *bytes, size_t len, struct err *err)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = pwrite(backlog->fd, (const char *)bytes + done, len - done, (off_t)backlog->written);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return raise_errno(backlog, "write", err);
        }
        done += (size_t)n;
        backlog->written += (uint64_t)n;
    }
    return STATUS_OK;
}

static enum status
take(struct backlog *backlog, void *bytes, size_t len, struct err *err)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = pread(backlog->fd, (char *)bytes + done, len - done, (off_t)backlog->read);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            errno = n == 0 ? EIO : errno;
            return raise_errno(backlog, "read", err);
        }
        done += (size_t)n;
        backlog->read += (uint64_t)n;
    }
    return STATUS_OK;
}

/* A buffer that one large record has blown up is not kept. */
static void
empty(struct buf *buf)
{
    enum { KEPT = 2 * RUN_LEN };
    size_t max = buf->max;
    if (buf->cap > KEPT) {
        buf_release(buf);
        *buf = (struct buf)BUF_INIT(max);
    }
    buf->len = 0;
    buf->overflow = false;
}

enum status
backlog_mark(struct backlog *backlog, struct err *err)
{
    TRY(buf_check(&backlog->buf, "a record", err));
    if (backlog->buf.len < RUN_LEN) {
        return STATUS_OK;
    }
    if (backlog->fd < 0) {
        TRY(open_file(backlog, err));
    }
    uint64_t len = backlog->buf.len;
    TRY(put(backlog, &len, sizeof(len), err));
    TRY(put(backlog, backlog->buf.data, backlog->buf.len, err));
    empty(&backlog->buf);
    return STATUS_OK;
}

bool
backlog_is_empty(const struct backlog *backlog)
{
    return backlog->written == 0 && backlog->buf.len == 0;
}

enum status
backlog_next(struct backlog *backlog, struct span *run, struct err *err)
{
    *run = (struct span){NULL, 0};
    if (backlog->read < backlog->written) {
        uint64_t len;
        TRY(take(backlog, &len, sizeof(len), err));
        backlog->back.len = 0;
        char *at = len > backlog->back.max ? NULL : buf_room(&backlog->back, (size_t)len);
        if (at == NULL) {
            return err_raise(err, STATUS_BUG, "a run of records is longer than any that was written");
        }
        TRY(take(backlog, at, (size_t)len, err));
        *run = (struct span){at, (size_t)len};
        return STATUS_OK;
    }
    if (!backlog->is_at_end) {
        backlog->is_at_end = true;
        *run = (struct span){backlog->buf.data, backlog->buf.len};
    }
    return STATUS_OK;
}

void
backlog_clear(struct backlog *backlog)
{
    empty(&backlog->buf);
    empty(&backlog->back);
    if (backlog->written > 0 && ftruncate(backlog->fd, 0) != 0) {
        (void)close(backlog->fd); /* its blocks go with it */
        backlog->fd = -1;
    }
    backlog->written = backlog->read = 0;
    backlog->is_at_end = false;
}

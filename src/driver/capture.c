#include "driver/capture.h"

#include "driver/work.h"

enum status
conn_capture_begin(struct conn *conn, const struct table *table, const char *log, struct err *err)
{
    if (conn->driver->ops->capture_begin == NULL) {
        return work_unsupported(conn, "log the changes of rows", err);
    }
    TRY(work_begin(conn, err));
    enum status status = work_end(conn, conn->driver->ops->capture_begin(conn, table, log, err));
    return status == STATUS_OK ? status
                               : err_wrap(err, "cannot log the changes of table '%s'", table->qualified);
}

enum status
conn_capture_end(struct conn *conn, const struct table *table, const char *log, struct err *err)
{
    TRY(work_check(conn, err));
    return conn->driver->ops->capture_end(conn, table, log, err);
}

enum status
conn_capture_clear(struct conn *conn, struct err *err)
{
    TRY(work_check(conn, err));
    return conn->driver->ops->capture_clear == NULL ? STATUS_OK : conn->driver->ops->capture_clear(conn, err);
}

enum status
conn_written_tables(struct conn *conn, struct arena *arena, const char ***names, size_t *n, bool *known,
                    struct err *err)
{
    *names = NULL;
    *n = 0;
    *known = false;
    TRY(work_check(conn, err));
    return conn->driver->ops->written_tables == NULL
               ? STATUS_OK
               : conn->driver->ops->written_tables(conn, arena, names, n, known, err);
}

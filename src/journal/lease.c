#include "journal/lease.h"

#include "base/io.h"

#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char select_lease[] =
    "select epoch, holder, host, boot, pid, session, op, command, acquired_us, renewed_us, "
    "ttl_us, {now} from {r}lease where id = 1";

enum status
lease_read(struct conn *conn, struct arena *arena, struct lease_holder *out, struct err *err)
{
    struct value *v;
    bool found;
    memset(out, 0, sizeof(*out));
    TRY(conn_query_row(conn, select_lease, NULL, 0, arena, &v, &found, err));
    if (!found) {
        return err_raise(err, STATUS_CORRUPT, "the registry has lost its lease row");
    }
    *out = (struct lease_holder){
        .is_held = v[1].bytes.len > 0,
        .epoch = value_to_int(&v[0], 0),
        .holder = value_to_str(&v[1], arena),
        .host = value_to_str(&v[2], arena),
        .boot = value_to_str(&v[3], arena),
        .pid = value_to_int(&v[4], 0),
        .session = value_to_str(&v[5], arena),
        .op = value_to_str(&v[6], arena),
        .command = value_to_str(&v[7], arena),
        .acquired_us = value_to_int(&v[8], 0),
        .renewed_us = value_to_int(&v[9], 0),
        .ttl_us = value_to_int(&v[10], 0),
        .now_us = value_to_int(&v[11], 0),
    };
    return STATUS_OK;
}

static const char *
host_name(struct arena *arena)
{
    char name[256] = "";
    (void)gethostname(name, sizeof(name) - 1);
    return arena_strdup(arena, name);
}

/* Tells one boot of a host from the next, so that a reused pid is not taken for the old process. */
static const char *
boot_id(struct arena *arena)
{
    BUF_SCOPED text = BUF_INIT(256);
    struct err ignored;
    if (io_read_file("/proc/sys/kernel/random/boot_id", &text, &ignored) != STATUS_OK) {
        return "";
    }
    struct span id = span_trim(buf_view(&text));
    return arena_strndup(arena, id.ptr, id.len);
}

static const char *
user_name(struct arena *arena)
{
    struct passwd entry;
    struct passwd *found = NULL;
    char memory[1024];
    if (getpwuid_r(getuid(), &entry, memory, sizeof(memory), &found) != 0 || found == NULL) {
        return arena_printf(arena, "uid%u", (unsigned)getuid());
    }
    return arena_strdup(arena, found->pw_name);
}

/* Three witnesses: the process when it is on this host, its session on the server, and the time since its
 * last sign of life. A session may outlive its process for as long as its last statement runs, so it counts
 * on its own. */
static enum status
is_alive(struct conn *conn, const struct lease_holder *holder, struct arena *arena, bool *out,
         struct err *err)
{
    bool is_local = holder->boot[0] != '\0' && str_eq(holder->boot, boot_id(arena)) &&
                    str_eq(holder->host, host_name(arena));
    *out = is_local && (kill((pid_t)holder->pid, 0) == 0 || errno == EPERM);
    if (*out) {
        return STATUS_OK;
    }
    if (holder->session[0] != '\0' && conn_has(conn, CAP_SESSIONS)) {
        return conn_session_alive(conn, holder->session, out, err);
    }
    *out = !is_local && holder->now_us - holder->renewed_us < holder->ttl_us;
    return STATUS_OK;
}

static enum status
refuse_held(const struct lease_holder *holder, struct err *err)
{
    (void)err_raise(err, STATUS_LEASE,
                    "%s is at work in this database: %s (operation %.8s), for %" PRId64 " s", holder->holder,
                    holder->command, holder->op, (holder->now_us - holder->acquired_us) / 1000000);
    return err_hint(
        err,
        "wait for it, or stop it; once its process and its session%s%s are gone, the next run takes over",
        holder->session[0] == '\0' ? "" : " ", holder->session);
}

/* Behind a pooler a session tells nothing about its user. */
static const char *
lasting_session(const struct conn *conn)
{
    return conn->identity.is_pooled ? "" : conn->identity.session;
}

enum status
lease_acquire(struct conn *conn, const char *op, const char *command, struct arena *arena, struct lease *out,
              struct lease_holder **taken_from, struct err *err)
{
    struct lease_holder *holder = arena_new(arena, struct lease_holder);
    bool alive = false;
    int64_t affected = 0;
    *taken_from = NULL;
    TRY(lease_read(conn, arena, holder, err));
    if (holder->is_held) {
        TRY(is_alive(conn, holder, arena, &alive, err));
        if (alive) {
            return refuse_held(holder, err);
        }
        *taken_from = holder;
    }
    const char *host = host_name(arena);
    struct value params[] = {
        value_text(arena_printf(arena, "%s@%s pid %ld", user_name(arena), host, (long)getpid())),
        value_text(host),
        value_text(boot_id(arena)),
        value_int(arena, getpid()),
        value_text(lasting_session(conn)),
        value_text(op),
        value_text(command),
        value_int(arena, (int64_t)LEASE_TTL_MS * 1000),
        value_int(arena, holder->epoch),
    };
    TRY(fault_before("lease.acquire", err));
    TRY(conn_run(
        conn,
        "update {r}lease set epoch = epoch + 1, holder = ?, host = ?, boot = ?, pid = ?, session = ?, op = "
        "?, "
        "command = ?, acquired_us = {now}, renewed_us = {now}, ttl_us = ? where id = 1 and epoch = ?",
        params, COUNT_OF(params), &affected, err));
    TRY(fault_after("lease.acquire", err));
    if (affected != 1) {
        TRY(lease_read(conn, arena, holder, err));
        return refuse_held(holder, err);
    }
    out->epoch = holder->epoch + 1;
    snprintf(out->op, sizeof(out->op), "%s", op);
    return STATUS_OK;
}

enum status
lease_hold(struct conn *conn, const struct lease *lease, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct value epoch = value_int(&scratch, lease->epoch);
    int64_t affected = 0;
    TRY(conn_run(conn, "update {r}lease set renewed_us = {now} where id = 1 and epoch = ? and holder <> ''",
                 &epoch, 1, &affected, err));
    if (affected != 1) {
        (void)err_raise(err, STATUS_LEASE,
                        "another run has taken the lease over: this one must not write any more");
        return err_hint(err, "see 'rollcall status' for what the other run does");
    }
    return STATUS_OK;
}

enum status
lease_rebind(struct conn *conn, const struct lease *lease, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct value params[] = {value_text(lasting_session(conn)), value_int(&scratch, lease->epoch)};
    TRY(conn_run(conn, "update {r}lease set session = ? where id = 1 and epoch = ?", params, COUNT_OF(params),
                 NULL, err));
    return lease_hold(conn, lease, err);
}

enum status
lease_release(struct conn *conn, const struct lease *lease, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct value epoch = value_int(&scratch, lease->epoch);
    return conn_run(conn, "update {r}lease set holder = '' where id = 1 and epoch = ?", &epoch, 1, NULL, err);
}

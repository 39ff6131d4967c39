#include "migrate/checkpoint.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/vec.h"

#include <inttypes.h>
#include <string.h>

#define SHORT_LEN 16

void
database_digest(const struct conn *conn, char out[SHA256_HEX_LEN + 1])
{
    ARENA_SCOPED scratch = {0};
    const struct identity *identity = &conn->identity;
    sha256_hex(span_of(arena_printf(&scratch, "%s\n%s\n%s\n", identity->engine,
                                    identity->system == NULL ? "" : identity->system,
                                    identity->database == NULL ? "" : identity->database)),
               out);
}

static const char *
file_of(const struct session *session)
{
    const char *store = session->service->store;
    return store == NULL ? NULL : arena_printf(session->arena, "%s/checkpoints", store);
}

enum status
checkpoint_note(struct session *session, struct err *err)
{
    char database[SHA256_HEX_LEN + 1];
    char genesis[SHA256_HEX_LEN + 1];
    char at[RFC3339_LEN + 1];
    struct record_mark end;
    const char *file = file_of(session);
    if (file == NULL) {
        return STATUS_OK;
    }
    TRY(record_end(session->conn, &end, genesis, err));
    database_digest(session->conn, database);
    clock_rfc3339(clock_now_us(), at);
    TRY(io_make_dirs(session->service->store, 0700, err));
    return io_append_file(file,
                          span_of(arena_printf(session->arena, "%.*s %.*s %" PRId64 " %s %s\n", SHORT_LEN,
                                               database, SHORT_LEN, genesis, end.seq, end.head, at)),
                          0600, err);
}

struct line {
    struct span database;
    struct span genesis;
    int64_t seq;
    struct span head;
    struct span at;
};

static bool
read_line(struct span text, struct line *out)
{
    struct span seq;
    return span_next_word(&text, &out->database) && span_next_word(&text, &out->genesis) &&
           span_next_word(&text, &seq) && span_next_word(&text, &out->head) &&
           span_next_word(&text, &out->at) && parse_i64(seq, &out->seq) && out->head.len == SHA256_HEX_LEN;
}

static struct record_mark
mark_of(struct arena *arena, const struct line *line, const char *file, const char *genesis)
{
    bool same_chain = span_is(line->genesis, arena_strndup(arena, genesis, SHORT_LEN));
    struct record_mark mark = {
        .seq = line->seq,
        .noted = arena_printf(arena, "%s (%.*s)%s", file, (int)line->at.len, line->at.ptr,
                              same_chain ? "" : ", another registry at this place,"),
    };
    memcpy(mark.head, line->head.ptr, line->head.len);
    return mark;
}

enum status
checkpoint_marks(struct session *session, struct record_marks *out, struct err *err)
{
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    char database[SHA256_HEX_LEN + 1];
    char genesis[SHA256_HEX_LEN + 1];
    struct record_mark end;
    struct line line;
    struct span one;
    const char *file = file_of(session);
    *out = (struct record_marks){0};
    if (file == NULL || !io_exists(file)) {
        return STATUS_OK;
    }
    TRY(record_end(session->conn, &end, genesis, err));
    database_digest(session->conn, database);
    database[SHORT_LEN] = '\0';
    TRY(io_read_file(file, &text, err));
    struct span rest = buf_view(&text);
    while (span_next_line(&rest, &one)) {
        if (read_line(one, &line) && span_is(line.database, database) && line.seq > 0) {
            vec_push(session->arena, out, mark_of(session->arena, &line, file, genesis));
        }
    }
    return STATUS_OK;
}

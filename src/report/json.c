#include "report/json.h"

#include "base/clock.h"

json_t *
json_text(const char *text)
{
    if (text == NULL) {
        return json_null();
    }
    json_t *plain = json_string(text);
    if (plain != NULL) {
        return plain;
    }
    BUF_SCOPED safe = BUF_INIT(BUF_TEXT_MAX);
    struct span rest = span_of(text);
    while (rest.len > 0) {
        size_t valid = utf8_valid_len(rest);
        buf_add(&safe, rest.ptr, valid);
        if (valid < rest.len) {
            buf_str(&safe, "\xef\xbf\xbd");
            valid++;
        }
        rest = (struct span){rest.ptr + valid, rest.len - valid};
    }
    return json_string(buf_cstr(&safe));
}

json_t *
json_time(int64_t us)
{
    char text[RFC3339_LEN + 1];
    if (us == 0) {
        return json_null();
    }
    clock_rfc3339(us, text);
    return json_string(text);
}

void
json_put(json_t *object, const char *key, json_t *value)
{
    if (value == NULL || json_object_set_new(object, key, value) != 0) {
        bug("cannot build JSON for '%s'", key);
    }
}

void
json_print(FILE *out, json_t *document)
{
    if (json_dumpf(document, out, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) != 0) {
        bug("cannot print JSON");
    }
    fputc('\n', out);
    json_decref(document);
}

void
json_print_line(FILE *out, json_t *document)
{
    if (json_dumpf(document, out, JSON_COMPACT) != 0) {
        bug("cannot print JSON");
    }
    fputc('\n', out);
    json_decref(document);
}

static int append_chunk(const char *chunk, size_t len, void *data);

void
json_append_line(struct buf *out, const json_t *document)
{
    if (json_dump_callback(document, append_chunk, out, JSON_COMPACT) != 0) {
        bug("cannot print JSON");
    }
}

static int
append_chunk(const char *chunk, size_t len, void *data)
{
    buf_add(data, chunk, len);
    return 0;
}

void
json_append(struct buf *out, const json_t *document)
{
    if (json_dump_callback(document, append_chunk, out, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) != 0) {
        bug("cannot print JSON");
    }
    buf_char(out, '\n');
}

void
json_print_error(FILE *out, const struct err *err)
{
    json_t *document = json_object();
    json_t *error = json_object();
    json_put(error, "code", json_text(status_name(err->status)));
    json_put(error, "message", json_text(err->msg));
    json_put(error, "hint", json_text(err->hint));
    if (err->sqlstate[0] != '\0') {
        json_put(error, "sqlstate", json_text(err->sqlstate));
    }
    json_put(document, "error", error);
    json_print(out, document);
}

static const char *
event_name(enum event_kind kind)
{
    static const char *const names[] = {
        [EVENT_STEP_BEGIN] = "step-begin",
        [EVENT_STATEMENT] = "statement",
        [EVENT_STEP_END] = "step-end",
        [EVENT_RETRY] = "retry",
        [EVENT_TAKEOVER] = "takeover",
        [EVENT_WARNING] = "warning",
        [EVENT_SQL] = "sql",
    };
    return names[kind];
}

void
json_print_event(FILE *out, const struct event *event)
{
    json_t *line = json_object();
    json_put(line, "event", json_text(event_name(event->kind)));
    json_put(line, "id", json_text(event->id));
    json_put(line, "direction", json_text(event->direction));
    json_put(line, "number", json_integer((json_int_t)event->number));
    json_put(line, "total", json_integer((json_int_t)event->total));
    json_put(line, "us", json_integer(event->us));
    if (event->text != NULL) {
        json_put(line, "text", json_text(event->text));
    }
    if (event->holder != NULL) {
        json_put(line, "holder", json_text(event->holder->holder));
    }
    json_print_line(out, line);
}

#include "recon/check_file.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/io.h"
#include "recon/check_key.h"

#include <string.h>

static const char *const kind_names[] = {
    [CHECK_MATCH] = "match", [CHECK_INVARIANT] = "invariant", [CHECK_REPLAY] = "replay"};

const char *
check_kind_name(enum check_kind kind)
{
    return kind_names[kind];
}

const char *
check_side_name(const struct check *check, size_t side)
{
    static const char *const names[2][2] = {{"left", "right"}, {"events", "state"}};
    return names[check->kind == CHECK_REPLAY][side];
}

const struct column_rule *
check_rule(const struct check *check, const char *column)
{
    for (size_t i = 0; i < check->rules.n; i++) {
        if (str_eq_nocase(check->rules.items[i].column, column)) {
            return &check->rules.items[i];
        }
    }
    return NULL;
}

/* -- one line ------------------------------------------------------------------------------------------- */

/* Cuts `key=value` off; the value may stand in double quotes, where a backslash takes the next character as
 * it is. */
static enum status
next_pair(struct check_reader *reader, struct span *rest, struct span *key, struct span *value)
{
    size_t at = 0;
    while (at < rest->len && rest->ptr[at] != '=' && rest->ptr[at] != ' ' && rest->ptr[at] != '\t') {
        at++;
    }
    *key = (struct span){rest->ptr, at};
    reader->at = key->ptr;
    if (at == rest->len || rest->ptr[at] != '=') {
        (void)check_refuse(reader, "'%.*s' lacks a value", (int)key->len, key->ptr);
        return err_hint(reader->err, "write %.*s=VALUE, without blanks round the '='", (int)key->len,
                        key->ptr);
    }
    bool is_quoted = ++at < rest->len && rest->ptr[at] == '"';
    char *text = arena_alloc(reader->arena, rest->len - at + 1);
    size_t len = 0;
    for (at += is_quoted; at < rest->len; at++) {
        char c = rest->ptr[at];
        if (is_quoted ? c == '"' : c == ' ' || c == '\t') {
            break;
        }
        if (is_quoted && c == '\\' && at + 1 < rest->len) {
            at++;
        }
        text[len++] = rest->ptr[at];
    }
    if (is_quoted && at == rest->len) {
        (void)check_refuse(reader, "the value of '%.*s' has an opening quote and no closing one",
                           (int)key->len, key->ptr);
        return err_hint(reader->err, "a directive is one line: close the quote on it");
    }
    at += is_quoted;
    *value = (struct span){text, len};
    *rest = span_trim((struct span){rest->ptr + at, rest->len - at});
    if (len == 0) {
        (void)check_refuse(reader, "'%.*s' has an empty value", (int)key->len, key->ptr);
        return err_hint(reader->err, "leave it out, or give it a value");
    }
    return STATUS_OK;
}

static bool
opens_side(struct span key)
{
    return span_is(key, "side");
}

static enum status
begin_check(struct check_reader *reader, struct span value)
{
    struct check check = {
        .file = reader->file, .line = reader->line, .truth = -1, .about = "", .name = "", .sha256 = ""};
    TRY(check_close(reader));
    for (size_t i = 0; i < COUNT_OF(kind_names); i++) {
        if (span_is(value, kind_names[i])) {
            check.kind = (enum check_kind)i;
            check.sides[0].service = "";
            check.sides[1].service = "";
            vec_push(reader->arena, reader->out, check);
            reader->check = &reader->out->items[reader->out->n - 1];
            reader->side = NULL;
            reader->seen = 0;
            reader->head_seen = 0;
            return STATUS_OK;
        }
    }
    return check_refuse_word(reader, "kind of check", value, kind_names, COUNT_OF(kind_names));
}

static enum status
begin_side(struct check_reader *reader, struct span value)
{
    struct check *check = reader->check;
    TRY(check_close_side(reader));
    for (size_t i = 0; i < 2; i++) {
        if (!span_is(value, check_side_name(check, i))) {
            continue;
        }
        if (check->n_sides > 0 && (i == 0 || check->n_sides == 2)) {
            (void)check_refuse(reader,
                               check->n_sides == 2 ? "side '%s' is there already" : "side '%s' comes second",
                               check_side_name(check, i));
            return err_hint(reader->err, "one '%s' query, then one '%s' query", check_side_name(check, 0),
                            check_side_name(check, 1));
        }
        if (i == 1 && check->n_sides == 0) {
            (void)check_refuse(reader, "side '%s' comes before side '%s'", check_side_name(check, 1),
                               check_side_name(check, 0));
            return err_hint(reader->err, "put the '%s' query first", check_side_name(check, 0));
        }
        reader->head_seen = check->n_sides == 0 ? reader->seen : reader->head_seen;
        reader->seen = 0;
        reader->side = &check->sides[i];
        check->n_sides++;
        return STATUS_OK;
    }
    const char *names[] = {check_side_name(check, 0), check_side_name(check, 1)};
    return check_refuse_word(reader, "side", value, names, 2);
}

static enum status
parse_directive(struct check_reader *reader, struct span rest)
{
    while (rest.len > 0) {
        struct span key = {"", 0};
        struct span value = {"", 0};
        TRY(next_pair(reader, &rest, &key, &value));
        if (span_is(key, "check")) {
            TRY(begin_check(reader, value));
        } else if (reader->check == NULL) {
            (void)check_refuse(reader, "'%.*s' stands before any check", (int)key.len, key.ptr);
            return err_hint(reader->err,
                            "begin with -- rollcall: check=match, check=invariant or check=replay");
        } else if (opens_side(key)) {
            TRY(begin_side(reader, value));
        } else {
            TRY(check_set(reader, key, value));
        }
    }
    return STATUS_OK;
}

/* -- a text --------------------------------------------------------------------------------------------- */

/* What follows "-- rollcall:", when the line is such a one. */
static bool
is_directive(struct span line, struct span *rest)
{
    *rest = span_trim(line);
    if (!span_starts(*rest, "--")) {
        return false;
    }
    *rest = span_trim((struct span){rest->ptr + 2, rest->len - 2});
    if (!span_starts(*rest, "rollcall:")) {
        return false;
    }
    size_t len = strlen("rollcall:");
    *rest = span_trim((struct span){rest->ptr + len, rest->len - len});
    return true;
}

/* A line with SQL in it, as far as one can tell without the engine's lexer: comments that begin and end on
 * other lines count as SQL, and are found out when the query is cut. */
static bool
has_sql(struct span line)
{
    struct span text = span_trim(line);
    return text.len > 0 && !span_starts(text, "--");
}

static enum status
take_sql(struct check_reader *reader, struct span line)
{
    struct span text = span_trim(line);
    if (reader->check == NULL) {
        reader->at = text.ptr;
        (void)check_refuse(reader, "there is SQL before the first check");
        return err_hint(reader->err, "say what it is for: -- rollcall: check=invariant");
    }
    struct check_side *side = reader->side == NULL ? &reader->check->sides[0] : reader->side;
    if (side->sql.ptr == NULL) {
        side->sql.ptr = line.ptr;
        side->line = reader->line;
    }
    side->sql.len = (size_t)(line.ptr + line.len - side->sql.ptr);
    return STATUS_OK;
}

static enum status
check_text(struct check_reader *reader, struct span *text)
{
    if (span_starts(*text, "\xef\xbb\xbf")) {
        *text = (struct span){text->ptr + 3, text->len - 3};
    }
    size_t valid = utf8_valid_len(*text);
    const char *nul = text->len == 0 ? NULL : memchr(text->ptr, '\0', text->len);
    if (valid == text->len && nul == NULL) {
        return STATUS_OK;
    }
    size_t column;
    size_t at = nul != NULL && (size_t)(nul - text->ptr) < valid ? (size_t)(nul - text->ptr) : valid;
    text_position(*text, at, &reader->line, &column);
    (void)err_raise(reader->err, STATUS_USAGE, "%s:%zu:%zu: this is no UTF-8 text", reader->file,
                    reader->line, column);
    return err_hint(reader->err, "store the file as UTF-8");
}

enum status
check_file_parse(struct span text, const char *file, struct arena *arena, struct check_list *out,
                 struct err *err)
{
    struct check_reader reader = {.file = file, .arena = arena, .out = out, .err = err, .first = out->n};
    struct span line;
    struct span rest;
    TRY(check_text(&reader, &text));
    while (span_next_line(&text, &line)) {
        reader.line++;
        reader.line_start = line.ptr;
        if (is_directive(line, &rest)) {
            TRY(parse_directive(&reader, rest));
        } else if (has_sql(line)) {
            TRY(take_sql(&reader, line));
        }
    }
    TRY(check_close(&reader));
    if (out->n > reader.first) {
        return STATUS_OK;
    }
    (void)err_raise(err, STATUS_USAGE, "%s: says nowhere what it checks", file);
    return err_hint(err, "begin it with -- rollcall: check=match, check=invariant or check=replay");
}

/* -- a folder ------------------------------------------------------------------------------------------- */

static enum status
read_one(const char *path, const char *name, struct arena *arena, struct check_list *out, struct err *err)
{
    BUF_SCOPED text = BUF_INIT((size_t)16 << 20);
    TRY(io_read_file(path, &text, err));
    size_t first = out->n;
    char hex[SHA256_HEX_LEN + 1];
    sha256_hex(buf_view(&text), hex);
    const char *digest = arena_strdup(arena, hex);
    const char *copy = arena_strndup(arena, buf_cstr(&text), text.len);
    TRY(check_file_parse((struct span){copy, text.len}, path, arena, out, err));
    for (size_t i = first; i < out->n; i++) {
        struct check *check = &out->items[i];
        check->sha256 = digest;
        if (check->name[0] != '\0') {
            continue;
        }
        if (out->n - first > 1) {
            (void)err_raise(err, STATUS_USAGE, "%s:%zu: one of several checks in a file has no name", path,
                            check->line);
            return err_hint(err, "add name=NAME to its first line");
        }
        check->name = arena_strndup(arena, name, strlen(name) - strlen(".sql"));
    }
    return STATUS_OK;
}

static enum status
check_names_differ(const struct check_list *checks, struct err *err)
{
    for (size_t i = 0; i < checks->n; i++) {
        for (size_t k = 0; k < i; k++) {
            if (str_eq(checks->items[i].name, checks->items[k].name)) {
                (void)err_raise(err, STATUS_USAGE, "%s:%zu: there is another check '%s', in %s:%zu",
                                checks->items[i].file, checks->items[i].line, checks->items[i].name,
                                checks->items[k].file, checks->items[k].line);
                return err_hint(err, "give one of them another name=NAME");
            }
        }
    }
    return STATUS_OK;
}

enum status
check_folder_read(const char *folder, struct arena *arena, struct check_list *out, struct err *err)
{
    struct io_listing listing;
    if (!io_is_dir(folder)) {
        (void)err_raise(err, STATUS_USAGE, "there is no folder of checks '%s'", folder);
        return err_hint(err, "make it, beside rollcall.ini, or name another one: --checks DIR");
    }
    TRY(io_list_dir(arena, folder, &listing, err));
    for (size_t i = 0; i < listing.n; i++) {
        const struct io_entry *entry = &listing.entries[i];
        if (!entry->is_dir && entry->name[0] != '.' && str_ends(entry->name, ".sql")) {
            TRY(read_one(arena_printf(arena, "%s/%s", folder, entry->name), entry->name, arena, out, err));
        }
    }
    return check_names_differ(out, err);
}

#include "folder.h"

#include "base/io.h"
#include "harness.h"

#include <stdio.h>
#include <string.h>

static enum status
split(struct conn *conn, struct span text, struct arena *arena, struct pieces *out, struct err *err)
{
    (void)conn;
    (void)err;
    *out = (struct pieces){.text = text};
    size_t at = 0;
    size_t line = 1;
    for (size_t i = 0; i <= text.len; i++) {
        bool is_client = i == at && i < text.len && text.ptr[i] == '\\';
        if (is_client) {
            const char *end = memchr(text.ptr + i, '\n', text.len - i);
            size_t len = end == NULL ? text.len - i : (size_t)(end - text.ptr) - i;
            vec_push(arena, out, (struct piece){PIECE_CLIENT, 0, i, len, line, 1});
            i += len;
            at = i;
        }
        if (i == text.len || text.ptr[i] == ';') {
            bool is_empty = span_trim((struct span){text.ptr + at, i - at}).len == 0;
            vec_push(arena, out,
                     (struct piece){is_empty ? PIECE_BLANK : PIECE_STATEMENT, 0, at, i - at, line, 1});
            out->n_statements += !is_empty;
            at = i + 1;
        }
        if (i < text.len && text.ptr[i] == '\n') {
            line++;
            at = at == i ? i + 1 : at;
        }
    }
    return STATUS_OK;
}

static const char *const postgres_names[] = {"postgresql", "pg", NULL};
static const char *const mysql_names[] = {"mariadb", NULL};
static const char *const sqlite_names[] = {"sqlite3", NULL};
static const struct conn_ops ops = {.split = split};
const struct driver postgres_like = {.name = "postgres", .dialects = postgres_names, .ops = &ops};
const struct driver mysql_like = {.name = "mysql", .dialects = mysql_names, .ops = &ops};
const struct driver sqlite_like = {.name = "sqlite", .dialects = sqlite_names, .ops = &ops};

const char *
in_folder(const char *file)
{
    struct err err = {0};
    char *path = arena_printf(test_arena(), "%s/%s", test_dir(), file);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    CHECK_OK(io_make_dirs(path, 0755, &err));
    *slash = '/';
    return path;
}

void
put_bytes(const char *file, const void *bytes, size_t len)
{
    FILE *out = fopen(in_folder(file), "wb");
    if (CHECK(out != NULL)) {
        CHECK(fwrite(bytes, 1, len, out) == len);
        fclose(out);
    }
}

void
put(const char *file, const char *text)
{
    put_bytes(file, text, strlen(text));
}

void
put_all(const char *const *files)
{
    for (; *files != NULL; files++) {
        put(*files, "");
    }
}

struct migrations
load_dir(const char *dir, const struct driver *driver, const char *layout)
{
    struct migrations migrations = {0};
    struct err err = {0};
    CHECK_OK(migrations_load(dir, layout, driver, test_arena(), &migrations, &err));
    CHECK_OK(migrations_hash(&migrations, &err));
    return migrations;
}

struct migrations
load_folder(const struct driver *driver, const char *layout)
{
    return load_dir(test_dir(), driver, layout);
}

const char *
set_text(const struct migrations *migrations)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = 0; i < migrations->n; i++) {
        const struct migration *migration = &migrations->items[i];
        buf_printf(&out, "%s %s", migration->id, migration->version[0] == '\0' ? "-" : migration->version);
        size_t n_parts = PART_COUNT;
        while (n_parts > 2 && !migration->parts[n_parts - 1].is_present) {
            n_parts--;
        }
        for (size_t kind = 0; kind < n_parts; kind++) {
            const struct part *part = &migration->parts[kind];
            buf_printf(&out, " %s", part->is_present ? part->file : "-");
            if (part->is_present && !part->is_whole_file) {
                buf_printf(&out, ":%zu", part->line);
            }
            buf_str(&out, part->is_present && !part->transaction ? "!" : "");
        }
        buf_str(&out, migration->is_repeatable ? " repeatable\n"
                      : migration->is_baseline ? " baseline\n"
                                               : "\n");
    }
    return arena_strdup(test_arena(), buf_cstr(&out));
}

const char *
findings(const struct migrations *migrations)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = 0; i < migrations->n_findings; i++) {
        const struct finding *finding = &migrations->findings[i];
        if (finding->severity != FINDING_NOTE) {
            buf_printf(&out, "%s %s %s:%zu\n", finding->severity == FINDING_ERROR ? "error" : "warning",
                       finding->rule, finding->file, finding->line);
        }
    }
    return arena_strdup(test_arena(), buf_cstr(&out));
}

const char *
message_of(const struct migrations *migrations, const char *rule)
{
    for (size_t i = 0; i < migrations->n_findings; i++) {
        if (str_eq(migrations->findings[i].rule, rule)) {
            return migrations->findings[i].message;
        }
    }
    return "";
}

const char *
text_of(const struct migrations *migrations, size_t i, enum part_kind kind)
{
    struct err err = {0};
    struct span text = {"", 0};
    if (CHECK(i < migrations->n)) {
        CHECK_OK(migration_read(migrations, &migrations->items[i], kind, test_arena(), &text, &err));
    }
    return arena_strndup(test_arena(), text.ptr, text.len);
}

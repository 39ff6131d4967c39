#include "script/migration.h"

#include "base/io.h"
#include "driver/conn.h"
#include "script/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const part_names[PART_COUNT] = {"up", "down", "verify", "compensate"};

const char *
part_kind_name(enum part_kind kind)
{
    require(kind < PART_COUNT);
    return part_names[kind];
}

static const char *const class_names[] = {
    [CLASS_UNSET] = "",
    [CLASS_REVERSIBLE] = "reversible",
    [CLASS_SNAPSHOT] = "snapshot",
    [CLASS_COMPENSATING] = "compensating",
    [CLASS_LOSSY] = "lossy",
    [CLASS_IRREVERSIBLE] = "irreversible",
};

const char *reversal_class_name(enum reversal_class class)
{
    require((size_t) class < COUNT_OF(class_names));
    return class_names[class];
}

bool
reversal_class_from_name(struct span name, enum reversal_class *out)
{
    for (size_t i = CLASS_UNSET + 1; i < COUNT_OF(class_names); i++) {
        if (span_is(name, class_names[i])) {
            *out = (enum reversal_class)i;
            return true;
        }
    }
    return false;
}

/* -- the set
 * -------------------------------------------------------------------------------------------------- */

struct migration *
migrations_add(struct migrations *migrations, const char *id, const char *version, const char *name)
{
    struct migration migration = {
        .id = arena_strdup(migrations->arena, id),
        .version = arena_strdup(migrations->arena, version),
        .foreign_id = "",
        .depends = "",
        .directives = {.reason = ""},
    };
    size_t id_len = strlen(id);
    size_t name_len = strlen(name);
    bool is_tail = name_len <= id_len && memcmp(id + id_len - name_len, name, name_len) == 0;
    migration.name = is_tail ? migration.id + id_len - name_len : arena_strdup(migrations->arena, name);
    for (int kind = 0; kind < PART_COUNT; kind++) {
        migration.parts[kind] = (struct part){.file = "", .sha256 = "", .why = "", .transaction = true};
    }
    vec_push(migrations->arena, migrations, migration);
    return &migrations->items[migrations->n - 1];
}

void
part_set_file(struct migrations *migrations, struct part *part, const char *file, const char *why)
{
    part->is_present = true;
    part->is_whole_file = true;
    part->file = arena_strdup(migrations->arena, file);
    part->line = 1;
    part->why = why;
}

void
migrations_note(struct migrations *migrations, enum finding_severity severity, const char *rule,
                const char *file, size_t line, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    struct finding finding = {
        .severity = severity,
        .rule = rule,
        .file = arena_strdup(migrations->arena, file),
        .line = line,
        .message = arena_vprintf(migrations->arena, fmt, args),
    };
    va_end(args);
    migrations->findings = vec_grow(migrations->arena, migrations->findings, migrations->n_findings,
                                    &migrations->cap_findings, sizeof(finding));
    migrations->findings[migrations->n_findings++] = finding;
}

enum status
migrations_check(const struct migrations *migrations, struct err *err)
{
    const struct finding *first = NULL;
    size_t n = 0;
    for (size_t i = 0; i < migrations->n_findings; i++) {
        const struct finding *finding = &migrations->findings[i];
        if (finding->severity == FINDING_ERROR) {
            first = first == NULL ? finding : first;
            n++;
        }
    }
    if (first == NULL) {
        return STATUS_OK;
    }
    if (first->line > 0) {
        (void)err_raise(err, STATUS_USAGE, "%s:%zu: %s", first->file, first->line, first->message);
    } else {
        (void)err_raise(err, STATUS_USAGE, "%s: %s", first->file, first->message);
    }
    return n > 1 ? err_hint(err, "and %zu more: 'rollcall lint' lists all that is wrong in the directory",
                            n - 1)
                 : err_hint(err, "'rollcall lint' lists all that is wrong in the directory");
}

static int
compare_migrations(const void *a, const void *b)
{
    const struct migration *left = a;
    const struct migration *right = b;
    int order = version_compare(left->version, right->version);
    return order != 0 ? order : strcmp(left->id, right->id);
}

static int
compare_texts(const void *a, const void *b)
{
    const struct migration *left = a;
    const struct migration *right = b;
    int order = strcmp(left->version, right->version);
    return order != 0 ? order : strcmp(left->id, right->id);
}

static int
compare_ids(const void *a, const void *b)
{
    return strcmp(((const struct migration *)a)->id, ((const struct migration *)b)->id);
}

static void
sort_by(struct migrations *migrations, int (*compare)(const void *a, const void *b))
{
    if (migrations->n > 1) {
        qsort(migrations->items, migrations->n, sizeof(migrations->items[0]), compare);
    }
}

void
migrations_sort(struct migrations *migrations)
{
    sort_by(migrations, compare_migrations);
}

void
migrations_sort_by_text(struct migrations *migrations)
{
    sort_by(migrations, compare_texts);
}

void
migrations_sort_by_id(struct migrations *migrations)
{
    sort_by(migrations, compare_ids);
}

char *
migrations_path(const struct migrations *migrations, const char *file, struct arena *arena)
{
    if (migrations->n_folders > 1 || file[0] == '\0') {
        return arena_strdup(arena, file[0] == '\0' ? migrations->dir : file);
    }
    return arena_printf(arena, "%s/%s", migrations->folders[0], file);
}

/* -- texts
 * ---------------------------------------------------------------------------------------------------- */

struct text_fault {
    size_t at;
    const char *what;
};

/* What a script must not hold: it would reach the server as something else than what the author sees. */
static bool
find_fault(struct span text, struct text_fault *out)
{
    if (text.len >= 2 && (memcmp(text.ptr, "\xff\xfe", 2) == 0 || memcmp(text.ptr, "\xfe\xff", 2) == 0)) {
        *out = (struct text_fault){0, "a UTF-16 byte-order mark: save the file as UTF-8"};
        return true;
    }
    const char *nul = text.len == 0 ? NULL : memchr(text.ptr, '\0', text.len);
    if (nul != NULL) {
        *out = (struct text_fault){(size_t)(nul - text.ptr), "a NUL byte"};
        return true;
    }
    size_t valid = utf8_valid_len(text);
    if (valid < text.len) {
        *out = (struct text_fault){valid, "not valid UTF-8"};
        return true;
    }
    return false;
}

/* A link that was moved since the directory was read must not lead out of it either. */
static enum status
check_inside(const struct migrations *migrations, const char *path, const char *file, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    char *real = NULL;
    TRY(io_real_path(&scratch, path, &real, err));
    for (size_t i = 0; i < migrations->n_folders; i++) {
        char *root = NULL;
        TRY(io_real_path(&scratch, migrations->folders[i], &root, err));
        size_t len = strlen(root);
        if (str_starts(real, root) && (real[len] == '/' || str_eq(root, "/"))) {
            return STATUS_OK;
        }
    }
    return err_raise(err, STATUS_USAGE, "'%s' is a symbolic link that leads out of the directory", file);
}

static enum status
read_file(const struct migrations *migrations, const char *file, struct buf *buf, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    const char *path = migrations_path(migrations, file, &scratch);
    if (migrations->has_links) {
        TRY(check_inside(migrations, path, file, err));
    }
    buf_reset(buf);
    return io_read_file(path, buf, err);
}

/* The part's text within its file; the file may have shrunk since it was measured. */
static struct span
part_of(const struct part *part, struct span whole)
{
    if (part->is_whole_file) {
        return whole;
    }
    size_t at = part->at < whole.len ? part->at : whole.len;
    size_t len = part->len < whole.len - at ? part->len : whole.len - at;
    return (struct span){whole.ptr + at, len};
}

enum status
migration_read(const struct migrations *migrations, const struct migration *migration, enum part_kind kind,
               struct arena *arena, struct span *out, struct err *err)
{
    const struct part *part = &migration->parts[kind];
    *out = (struct span){"", 0};
    if (!part->is_present) {
        return STATUS_OK;
    }
    BUF_SCOPED buf = BUF_INIT(BUF_SQL_MAX);
    TRY(read_file(migrations, part->file, &buf, err));
    struct span whole = buf_view(&buf);
    struct text_fault fault;
    if (find_fault(whole, &fault)) {
        size_t line = 0;
        size_t column = 0;
        text_position(whole, fault.at, &line, &column);
        return err_raise(err, STATUS_USAGE, "%s:%zu:%zu: %s", part->file, line, column, fault.what);
    }
    struct span text = part_of(part, whole);
    *out = (struct span){arena_strndup(arena, text.ptr, text.len), text.len};
    return STATUS_OK;
}

/* -- hashing and what is found on the way
 * --------------------------------------------------------------------- */

/* Whether some line may be meant for a client program: cheap, so that few texts have to be split for it. */
static bool
has_client_line(struct span text)
{
    struct span line;
    while (span_next_line(&text, &line)) {
        if (line.len > 1 && (line.ptr[0] == '\\' || line.ptr[0] == '.')) {
            return true;
        }
        if (span_starts_nocase(line, "source ") || span_starts_nocase(line, "system ")) {
            return true;
        }
    }
    return false;
}

static void
note_client_lines(struct migrations *migrations, const struct part *part, struct span text,
                  struct arena *scratch)
{
    struct pieces pieces = {0};
    struct err ignored;
    /* A text that does not split is reported by whoever runs or checks it, with the place. */
    if (driver_split(migrations->driver, NULL, text, scratch, &pieces, &ignored) != STATUS_OK) {
        return;
    }
    for (size_t i = 0; i < pieces.n; i++) {
        const struct piece *piece = &pieces.items[i];
        if (piece->kind != PIECE_CLIENT || (piece->flags & PIECE_CLIENT_IGNORED) != 0) {
            continue;
        }
        struct span word = {"", 0};
        struct span rest = piece_text(&pieces, piece);
        (void)span_next_word(&rest, &word);
        migrations_note(migrations, FINDING_ERROR, "cannot-import", part->file, part->line + piece->line - 1,
                        "'%.*s' is a command of a client program; only SQL can be run here", (int)word.len,
                        word.ptr);
    }
}

static void
read_directives(struct migrations *migrations, struct migration *migration, enum part_kind kind,
                struct span text)
{
    struct part *part = &migration->parts[kind];
    struct directives directives;
    size_t line = 0;
    struct err err;
    if (directives_scan(text, migrations->arena, &directives, &line, &err) != STATUS_OK) {
        if (err.hint[0] != '\0') {
            (void)err_wrap(&err, "%s", err.hint);
        }
        migrations_note(migrations, FINDING_ERROR, "bad-directive", part->file, part->line + line - 1, "%s",
                        err.msg);
        return;
    }
    if (directives.has_transaction) {
        part->transaction = directives.transaction;
    }
    if (kind == PART_UP) {
        migration->directives = directives;
    }
}

static void
note_file(struct migrations *migrations, const char *file, struct span whole)
{
    struct text_fault fault;
    if (find_fault(whole, &fault)) {
        size_t line = 0;
        size_t column = 0;
        text_position(whole, fault.at, &line, &column);
        migrations_note(migrations, FINDING_ERROR, "bad-text", file, line, "%s in column %zu", fault.what,
                        column);
        return;
    }
    if (whole.len >= 3 && memcmp(whole.ptr, "\xef\xbb\xbf", 3) == 0) {
        migrations_note(migrations, FINDING_WARNING, "bad-text", file, 1,
                        "begins with a byte-order mark; it is not sent, but other programs trip over it");
    }
    if (migrations->layout->scan != NULL) {
        migrations->layout->scan(migrations, file, whole);
    }
}

static void
hash_part(struct migrations *migrations, struct migration *migration, enum part_kind kind, struct span whole,
          struct arena *scratch)
{
    struct part *part = &migration->parts[kind];
    struct span text = part_of(part, whole);
    char hex[SHA256_HEX_LEN + 1];
    sha256_hex(text, hex);
    part->sha256 = arena_strdup(migrations->arena, hex);
    part->len = text.len;
    read_directives(migrations, migration, kind, text);
    if (migrations->driver != NULL && has_client_line(text)) {
        note_client_lines(migrations, part, text, scratch);
    }
}

/* Every part that lies in the same file as `first`. */
static void
hash_file(struct migrations *migrations, struct migration *migration, enum part_kind first, struct buf *buf,
          struct arena *scratch)
{
    const char *file = migration->parts[first].file;
    struct err err;
    if (read_file(migrations, file, buf, &err) != STATUS_OK) {
        migrations_note(migrations, FINDING_ERROR, "unreadable", file, 0, "%s", err.msg);
        return;
    }
    struct span whole = buf_view(buf);
    note_file(migrations, file, whole);
    for (int kind = (int)first; kind < PART_COUNT; kind++) {
        const struct part *part = &migration->parts[kind];
        if (part->is_present && str_eq(part->file, file)) {
            struct arena_mark mark = arena_save(scratch);
            hash_part(migrations, migration, (enum part_kind)kind, whole, scratch);
            arena_restore(scratch, mark);
        }
    }
}

enum status
migrations_hash(struct migrations *migrations, struct err *err)
{
    BUF_SCOPED buf = BUF_INIT(BUF_SQL_MAX);
    ARENA_SCOPED scratch = {0};
    for (size_t i = 0; i < migrations->n; i++) {
        struct migration *migration = &migrations->items[i];
        TRY(stop_check(err));
        for (int kind = 0; kind < PART_COUNT; kind++) {
            const struct part *part = &migration->parts[kind];
            bool is_same = kind > 0 && str_eq(part->file, migration->parts[0].file);
            if (part->is_present && !is_same) {
                hash_file(migrations, migration, (enum part_kind)kind, &buf, &scratch);
            }
        }
    }
    return STATUS_OK;
}

/* -- finding one
 * ---------------------------------------------------------------------------------------------- */

static bool
is_number(const char *text)
{
    return text[0] != '\0' && text[strspn(text, "0123456789.")] == '\0';
}

/* Whether the id begins with this very number: "0005" finds "0005_create_table" where versions are whole
 * names. */
static bool
has_number(const struct migration *migration, const char *number)
{
    struct span rest = span_of(migration->id);
    struct span digits = span_cut_digits(&rest);
    return digits.len > 0 && digits_compare(digits, span_of(number)) == 0;
}

enum match { MATCH_ID, MATCH_VERSION, MATCH_VALUE, MATCH_NUMBER, MATCH_COUNT };

static bool
matches(const struct migration *migration, const char *name, enum match how)
{
    switch (how) {
    case MATCH_ID:
        return str_eq(migration->id, name);
    case MATCH_VERSION:
        return migration->version[0] != '\0' && str_eq(migration->version, name);
    case MATCH_VALUE:
        return is_number(name) && is_number(migration->version) &&
               version_compare(migration->version, name) == 0;
    case MATCH_NUMBER:
        return strspn(name, "0123456789") == strlen(name) && has_number(migration, name);
    case MATCH_COUNT:
        break;
    }
    return false;
}

enum status
migrations_find(const struct migrations *migrations, const char *name, const struct migration **out,
                struct err *err)
{
    *out = NULL;
    for (int how = 0; how < MATCH_COUNT && name[0] != '\0'; how++) {
        for (size_t i = 0; i < migrations->n; i++) {
            const struct migration *migration = &migrations->items[i];
            if (!matches(migration, name, (enum match)how)) {
                continue;
            }
            if (*out != NULL) {
                (void)err_raise(err, STATUS_USAGE, "'%s' is not one migration: '%s', '%s'", name, (*out)->id,
                                migration->id);
                return err_hint(err, "give the whole name");
            }
            *out = migration;
        }
        if (*out != NULL) {
            return STATUS_OK;
        }
    }
    return STATUS_OK;
}

/* Cuts the next part of a dotted number off; empty, which counts as 0, when the number has ended. */
static struct span
next_part(struct span *rest)
{
    struct span digits = span_cut_digits(rest);
    if (digits.len > 0 && rest->len > 1 && rest->ptr[0] == '.' && rest->ptr[1] >= '0' &&
        rest->ptr[1] <= '9') {
        rest->ptr++;
        rest->len--;
    }
    return digits;
}

int
version_compare(const char *a, const char *b)
{
    struct span left = span_of(a);
    struct span right = span_of(b);
    struct span left_part;
    struct span right_part;
    do {
        left_part = next_part(&left);
        right_part = next_part(&right);
        int order = digits_compare(left_part, right_part);
        if (order != 0) {
            return order;
        }
    } while (left_part.len > 0 || right_part.len > 0);
    int order = strcmp(left.ptr, right.ptr);
    return (order > 0) - (order < 0);
}

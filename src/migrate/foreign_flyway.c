/* Flyway's history: one row an event, by installed_rank; later rows cancel earlier ones. */
#include "migrate/foreign.h"

#include "base/clock.h"
#include "base/hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { RANK, VERSION, DESCRIPTION, TYPE, SCRIPT, CHECKSUM, INSTALLED_ON, SUCCESS };
static const char *const columns[] = {"installed_rank", "version",  "description",  "type",
                                      "script",         "checksum", "installed_on", "success"};

/* CRC-32 over the lines without their ends; a byte-order mark does not count. */
static int32_t
checksum_of(struct span text)
{
    uint32_t crc = 0;
    if (span_starts(text, "\xef\xbb\xbf")) {
        text = (struct span){text.ptr + 3, text.len - 3};
    }
    size_t from = 0;
    for (size_t i = 0; i <= text.len; i++) {
        if (i == text.len || text.ptr[i] == '\n' || text.ptr[i] == '\r') {
            crc = crc32_update(crc, (struct span){text.ptr + from, i - from});
            from = i + 1;
        }
    }
    return (int32_t)crc;
}

static enum status
verify(struct reader *reader, struct adopted *adopted, const char *stored, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct span text;
    TRY(migration_read(reader->migrations, adopted->migration, PART_UP, &scratch, &text, err));
    int32_t own = checksum_of(text);
    int64_t theirs = 0;
    adopted->checksum = arena_strdup(reader->arena, stored);
    adopted->verdict = parse_i64(span_of(stored), &theirs) && theirs == own ? ADOPTED_MATCH : ADOPTED_DIFFERS;
    if (adopted->verdict == ADOPTED_MATCH) {
        return STATUS_OK;
    }
    const char *file = adopted->migration->parts[PART_UP].file;
    if (adopted->migration->is_repeatable) {
        adopted->is_applied = false;
        reader_note(reader, FINDING_WARNING, "checksum", file,
                    "'%s' has changed since Flyway ran it (%s, now %" PRId32 "): it will be run again", file,
                    stored, own);
    } else {
        reader_note(reader, FINDING_ERROR, "checksum", file,
                    "'%s' is not what Flyway applied: its checksum was %s and is %" PRId32, file, stored,
                    own);
    }
    return STATUS_OK;
}

const char *
foreign_version_key(struct arena *arena, const char *version)
{
    char *key = arena_alloc(arena, strlen(version) + 1);
    size_t n = 0;
    size_t kept = 0;
    while (*version != '\0') {
        size_t part = strcspn(version, "._");
        size_t zeros = strspn(version, "0");
        zeros = zeros < part ? zeros : part;
        memcpy(key + n, version + zeros, part - zeros);
        n += part - zeros;
        kept = part > zeros ? n : kept;
        version += part;
        if (*version != '\0') {
            key[n++] = '.';
            version++;
        }
    }
    key[kept] = '\0';
    return kept == 0 ? "0" : key;
}

static const char *
repeatable_key(struct arena *arena, const char *description)
{
    return arena_printf(arena, "R %s", description);
}

/* Baselines answer to no row: what they cover is told by the versions. */
const char *
foreign_key_flyway(const struct migration *migration, struct arena *arena)
{
    if (migration->is_baseline) {
        return "";
    }
    return migration->is_repeatable ? repeatable_key(arena, migration->foreign_id)
                                    : foreign_version_key(arena, migration->version);
}

/* A baseline row, or a baseline script that was run: what it covers counts as applied. */
static void
cover(struct reader *reader, const char *version, const char *time)
{
    for (size_t i = 0; i < reader->migrations->n; i++) {
        const struct migration *migration = &reader->migrations->items[i];
        if (!migration->is_repeatable && version_compare(migration->version, version) <= 0) {
            struct adopted *adopted = &reader->out->items[i];
            adopted->is_applied = true;
            adopted->rank = reader->rank;
            (void)clock_parse(span_of(time), &adopted->applied_us);
        }
    }
}

static void
take_back(struct reader *reader, const char *version)
{
    struct adopted *adopted = reader_find(reader, foreign_version_key(reader->arena, version));
    if (adopted != NULL) {
        adopted->is_applied = false;
    }
}

/* A version that is gone because a baseline script stands in for it: then that counts as applied. */
static bool
stands_in(struct reader *reader, const char *version, const char *time)
{
    for (size_t i = 0; i < reader->migrations->n && reader->migrations->items[i].is_baseline; i++) {
        struct adopted *adopted = &reader->out->items[i];
        if (version_compare(version, adopted->migration->version) <= 0) {
            adopted->is_applied = true;
            adopted->rank = reader->rank;
            (void)clock_parse(span_of(time), &adopted->applied_us);
            return true;
        }
    }
    return false;
}

static enum status
failed(const struct foreign_row *row, struct err *err)
{
    (void)err_raise(err, STATUS_POLICY, "Flyway's '%s' failed half way and is recorded as failed",
                    row->cells[SCRIPT]);
    return err_hint(err, "undo by hand what that script did, then 'flyway repair' takes the row away");
}

static enum status
visit(struct reader *reader, const struct foreign_row *row, struct err *err)
{
    const char *type = row->cells[TYPE];
    const char *version = row->cells[VERSION];
    struct value success = value_text(row->cells[SUCCESS]);
    if (!value_to_bool(&success)) {
        return failed(row, err);
    }
    if (str_eq(type, "SCHEMA")) {
        return STATUS_OK; /* "schema created" */
    }
    if (str_starts(type, "UNDO_") || str_eq(type, "DELETE")) {
        take_back(reader, version);
        return STATUS_OK;
    }
    if (str_ends(type, "BASELINE")) {
        cover(reader, version, row->cells[INSTALLED_ON]);
        return STATUS_OK;
    }
    const char *name = row->nulls[VERSION] ? row->cells[DESCRIPTION] : version;
    const char *key =
        row->nulls[VERSION] ? repeatable_key(reader->arena, name) : foreign_version_key(reader->arena, name);
    if (reader_find(reader, key) == NULL) {
        if (row->nulls[VERSION] || !stands_in(reader, version, row->cells[INSTALLED_ON])) {
            reader_note_unknown(reader, name, row->cells[SCRIPT]);
        }
        return STATUS_OK;
    }
    struct adopted *adopted = reader_apply(reader, key, row->cells[SCRIPT], row->cells[INSTALLED_ON]);
    adopted->foreign_id = arena_strdup(reader->arena, name);
    if (row->nulls[CHECKSUM]) {
        return STATUS_OK;
    }
    return verify(reader, adopted, row->cells[CHECKSUM], err);
}

enum status
foreign_read_flyway(struct reader *reader, struct err *err)
{
    return reader_rows(reader, columns, COUNT_OF(columns), "installed_rank", visit, err);
}

#include "recon/repair.h"

#include "recon/canon_view.h"
#include "recon/columns.h"
#include "recon/tolerance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum phase { PHASE_INSERT, PHASE_UPDATE, PHASE_DELETE };

void
repair_init(struct repair *repair, const char *folder)
{
    memset(repair, 0, sizeof(*repair));
    pthread_mutex_init(&repair->lock, NULL);
    spool_init(&repair->statements, folder, 0);
}

void
repair_release(struct repair *repair)
{
    spool_release(&repair->statements);
    pthread_mutex_destroy(&repair->lock);
    arena_release(&repair->arena);
}

/* -- order ---------------------------------------------------------------------------------------------- */

struct repair_target *
repair_add_target(struct repair *repair, const struct repair_target *target)
{
    pthread_mutex_lock(&repair->lock);
    struct repair_target *copy = arena_new(&repair->arena, struct repair_target);
    *copy = *target;
    vec_push(&repair->arena, &repair->targets, copy);
    pthread_mutex_unlock(&repair->lock);
    return copy;
}

static bool
refers_to(const struct repair_target *child, const struct repair_target *parent)
{
    for (size_t i = 0; i < child->table.n_references && child != parent && child->number == parent->number;
         i++) {
        if (str_eq(child->table.references[i].parent, parent->table.qualified) &&
            !str_eq(child->table.qualified, parent->table.qualified)) {
            return true;
        }
    }
    return false;
}

static void
note_loop(struct repair *repair, struct repair_target *target)
{
    for (size_t i = 0; i < target->table.n_references; i++) {
        if (str_eq(target->table.references[i].parent, target->table.qualified)) {
            target->loop = arena_strdup(&repair->arena, target->table.qualified);
        }
    }
}

/* As many rounds as there are tables settle every order there is; a circle of references has none. */
void
repair_rank(struct repair *repair)
{
    bool moved = true;
    for (size_t i = 0; i < repair->targets.n; i++) {
        note_loop(repair, repair->targets.items[i]);
    }
    for (size_t round = 0; round < repair->targets.n && moved; round++) {
        moved = false;
        for (size_t i = 0; i < repair->targets.n; i++) {
            struct repair_target *child = repair->targets.items[i];
            for (size_t k = 0; k < repair->targets.n; k++) {
                const struct repair_target *parent = repair->targets.items[k];
                if (refers_to(child, parent) && child->rank <= parent->rank) {
                    child->rank = parent->rank + 1;
                    moved = true;
                }
            }
        }
    }
}

static struct hash128
place_of(const struct repair_target *target, enum phase phase, uint64_t number)
{
    unsigned rank = phase == PHASE_DELETE ? UINT16_MAX - target->rank : target->rank;
    return (struct hash128){.low = number,
                            .high = (uint64_t)target->number << 32 | (uint64_t)phase << 16 | rank};
}

/* -- statements ----------------------------------------------------------------------------------------- */

struct statement {
    const struct repair_match *watch;
    const struct match *match;
    struct span *right; /* cells of the side that is right */
    struct span *wrong; /* of the other */
    struct buf sql;
    bool is_whole; /* every value has a literal */
};

static void
statement_release(struct statement *statement)
{
    buf_release(&statement->sql);
}

static void
add_name(struct statement *statement, size_t column)
{
    driver_quote(statement->watch->target->driver, &statement->sql, statement->watch->columns[column]);
}

static void
add_value(struct statement *statement, struct span cell)
{
    statement->is_whole =
        canon_literal(cell, statement->watch->target->driver, &statement->sql) && statement->is_whole;
}

static void
add_equal(struct statement *statement, size_t column, struct span cell)
{
    add_name(statement, column);
    if (canon_is_null(cell)) {
        buf_str(&statement->sql, " is null");
        return;
    }
    buf_str(&statement->sql, " = ");
    add_value(statement, cell);
}

static void
add_key(struct statement *statement, const struct span *cells)
{
    for (size_t i = 0; i < statement->match->n_key; i++) {
        buf_str(&statement->sql, i == 0 ? " where " : " and ");
        add_equal(statement, i, cells[i]);
    }
}

static void
add_insert(struct statement *statement)
{
    const struct match *match = statement->match;
    size_t n = match->n_key + match->n_compare;
    buf_str(&statement->sql, "insert into ");
    driver_quote_qualified(statement->watch->target->driver, &statement->sql,
                           statement->watch->target->table.qualified);
    for (size_t i = 0; i < n; i++) {
        buf_str(&statement->sql, i == 0 ? " (" : ", ");
        add_name(statement, i);
    }
    for (size_t i = 0; i < n; i++) {
        buf_str(&statement->sql, i == 0 ? ") values (" : ", ");
        add_value(statement, statement->right[i]);
    }
    buf_str(&statement->sql, ");\n");
}

/* A row that somebody changed since is left alone: its old values stand in the condition, where they can be
 * compared for equality. */
static void
add_guards(struct statement *statement, const bool *differs)
{
    const struct match *match = statement->match;
    double ignored;
    for (size_t i = 0; i < match->n_compare; i++) {
        struct span cell = statement->wrong[match->n_key + i];
        if (differs[i] && !canon_real(cell, &ignored)) {
            buf_str(&statement->sql, " and ");
            add_equal(statement, match->n_key + i, cell);
        }
    }
}

static void
add_update(struct statement *statement, const bool *differs)
{
    const struct match *match = statement->match;
    const char *before = " set ";
    buf_str(&statement->sql, "update ");
    driver_quote_qualified(statement->watch->target->driver, &statement->sql,
                           statement->watch->target->table.qualified);
    for (size_t i = 0; i < match->n_compare; i++) {
        if (differs[i]) {
            buf_str(&statement->sql, before);
            add_name(statement, match->n_key + i);
            buf_str(&statement->sql, " = ");
            add_value(statement, statement->right[match->n_key + i]);
            before = ", ";
        }
    }
    add_key(statement, statement->wrong);
    add_guards(statement, differs);
    buf_str(&statement->sql, ";\n");
}

static void
add_delete(struct statement *statement)
{
    bool *all = NULL;
    ARENA_SCOPED scratch = {0};
    all = arena_new_array(&scratch, bool, statement->match->n_compare + 1);
    memset(all, true, statement->match->n_compare);
    buf_str(&statement->sql, "delete from ");
    driver_quote_qualified(statement->watch->target->driver, &statement->sql,
                           statement->watch->target->table.qualified);
    add_key(statement, statement->wrong);
    add_guards(statement, all);
    buf_str(&statement->sql, ";\n");
}

static struct span *
cut(const struct match *match, struct span row, struct arena *arena)
{
    struct span *cells = arena_new_array(arena, struct span, match->plans[0].n + 1);
    struct span rest = row.len == 0 ? row : (struct span){row.ptr + 1, row.len - 1};
    for (size_t i = 0; i < match->plans[0].n && rest.len > 0; i++) {
        if (!canon_next(&rest, &cells[i])) {
            break;
        }
    }
    return cells;
}

static enum status
keep(struct repair *repair, const struct statement *statement, enum phase phase, struct err *err)
{
    enum status status = STATUS_OK;
    pthread_mutex_lock(&repair->lock);
    if (!statement->is_whole || statement->sql.overflow) {
        repair->n_skipped++;
    } else {
        status = spool_add(&repair->statements, place_of(statement->watch->target, phase, repair->n++),
                           buf_view(&statement->sql), err);
    }
    pthread_mutex_unlock(&repair->lock);
    return status;
}

static enum status
skip(struct repair *repair)
{
    pthread_mutex_lock(&repair->lock);
    repair->n_skipped++;
    pthread_mutex_unlock(&repair->lock);
    return STATUS_OK;
}

static enum status
propose(void *state, const struct match *match, enum discord outcome, const struct match_rows *rows,
        struct err *err)
{
    const struct repair_match *watch = state;
    ARENA_SCOPED scratch = {0};
    size_t truth = match->check->truth == 1;
    if (watch->target == NULL || outcome == DISCORD_DUPLICATE) {
        return skip(watch->repair);
    }
    CLEANUP(statement_release)
    struct statement statement = {.watch = watch,
                                  .match = match,
                                  .right = cut(match, rows->sides[truth], &scratch),
                                  .wrong = cut(match, rows->sides[1 - truth], &scratch),
                                  .sql = BUF_INIT(BUF_TEXT_MAX),
                                  .is_whole = true};
    if (rows->sides[1 - truth].len == 0) {
        add_insert(&statement);
        return keep(watch->repair, &statement, PHASE_INSERT, err);
    }
    if (rows->sides[truth].len == 0) {
        add_delete(&statement);
        return keep(watch->repair, &statement, PHASE_DELETE, err);
    }
    bool *differs = arena_new_array(&scratch, bool, match->n_compare + 1);
    for (size_t i = 0; i < match->n_compare; i++) {
        size_t at = match->n_key + i;
        differs[i] = !tolerance_same(match->rules[at], statement.right[at], statement.wrong[at]);
    }
    add_update(&statement, differs);
    return keep(watch->repair, &statement, PHASE_UPDATE, err);
}

/* -- one match ------------------------------------------------------------------------------------------ */

/* NULL when the table has none that can be written. */
static const char *
name_in_table(const struct check_side *side, const char *column, const struct table *table)
{
    for (size_t i = 0; i < side->columns.n; i++) {
        if (str_eq_nocase(side->columns.items[i].column, column)) {
            column = side->columns.items[i].name;
            break;
        }
    }
    for (size_t i = 0; i < table->n_columns; i++) {
        if (str_eq_nocase(table->columns[i].name, column) && !table->columns[i].is_generated) {
            return table->columns[i].name;
        }
    }
    for (size_t i = 0; i < table->n_columns; i++) {
        if (rows_same_name(table->columns[i].name, column) && !table->columns[i].is_generated) {
            return table->columns[i].name;
        }
    }
    return NULL;
}

enum status
repair_watch(struct repair *repair, struct repair_target *target, const struct match *match,
             struct arena *arena, struct match_watcher **out, struct err *err)
{
    struct repair_match *watch = arena_new(arena, struct repair_match);
    size_t side = match->check->truth == 0; /* the one that is not right */
    *watch = (struct repair_match){
        .repair = repair,
        .target = target,
        .columns = arena_new_array(arena, const char *, match->n_key + match->n_compare + 1)};
    for (size_t i = 0; i < match->n_key + match->n_compare && target != NULL; i++) {
        watch->columns[i] = name_in_table(&match->check->sides[side], match->names[i], &target->table);
        if (watch->columns[i] == NULL) {
            ARENA_SCOPED scratch = {0};
            (void)err_raise(err, STATUS_USAGE, "%s: the table '%s' has no column '%s' to write",
                            check_place(match->check, side, &scratch), target->table.qualified,
                            match->names[i]);
            return err_hint(err, "say on the side's line what it is called there: column.%s=NAME",
                            match->names[i]);
        }
    }
    *out = arena_new(arena, struct match_watcher);
    **out = (struct match_watcher){propose, watch};
    return STATUS_OK;
}

/* -- the file ------------------------------------------------------------------------------------------- */

static void
begin_section(const struct repair *repair, uint64_t number, FILE *file)
{
    const struct repair_target *first = NULL;
    for (size_t i = 0; i < repair->targets.n; i++) {
        const struct repair_target *target = repair->targets.items[i];
        if (target->number != number) {
            continue;
        }
        if (first == NULL) {
            first = target;
            fprintf(file, target->service[0] == '\0' ? "\n" : "\n-- service: %s\n", target->service);
        }
        if (target->loop != NULL) {
            fprintf(file, "-- '%s' refers to itself: its own rows may have to be put in order.\n",
                    target->loop);
        }
    }
    if (first != NULL && first->utc_sql != NULL) {
        fprintf(file, "%s;\n", first->utc_sql);
    }
    fprintf(file, "begin;\n");
}

static void
write_head(const struct repair *repair, FILE *file)
{
    fprintf(
        file,
        "-- Proposed by 'rollcall reconcile --repair'; nothing of this was run. Read it first.\n"
        "-- Each section is for one service and one transaction: rows that come (parents first), rows that\n"
        "-- change, rows that go (children first). A row that changed since is not touched.\n");
    if (repair->n_skipped > 0) {
        fprintf(
            file,
            "-- %llu findings are not here: duplicates, values without a literal, or a check without 'truth' "
            "or 'table'.\n",
            (unsigned long long)repair->n_skipped);
    }
}

static enum status
write_body(struct repair *repair, FILE *file, struct err *err)
{
    struct spool_record record;
    uint64_t number = 0;
    bool is_open = false;
    bool found = true;
    TRY(spool_seal(&repair->statements, err));
    for (;;) {
        TRY(spool_next(&repair->statements, &record, &found, err));
        if (is_open && (!found || record.key.high >> 32 != number)) {
            fprintf(file, "commit;\n");
            is_open = false;
        }
        if (!found) {
            return STATUS_OK;
        }
        if (!is_open) {
            number = record.key.high >> 32;
            begin_section(repair, number, file);
            is_open = true;
        }
        fwrite(record.bytes.ptr, 1, record.bytes.len, file);
    }
}

static void
close_file(FILE **file)
{
    if (*file != NULL) {
        (void)fclose(*file);
    }
}

enum status
repair_write(struct repair *repair, const char *path, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    const char *temp = arena_printf(&scratch, "%s.part", path);
    int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    CLEANUP(close_file) FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file == NULL) {
        return err_raise(err, STATUS_IO, "'%s' cannot be written: %s", path, strerror(errno));
    }
    write_head(repair, file);
    TRY(write_body(repair, file, err));
    bool is_fine = ferror(file) == 0 && fflush(file) == 0 && fsync(fd) == 0 && rename(temp, path) == 0;
    return is_fine ? STATUS_OK
                   : err_raise(err, STATUS_IO, "'%s' cannot be written: %s", path, strerror(errno));
}

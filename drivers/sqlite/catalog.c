/* The schema as objects. Everything is read from the CREATE texts that the engine keeps, each parsed once:
 * what a text stands for is remembered under the hash of it, so that reading again costs one pass over
 * sqlite_schema. */
#include "sqlite/internal.h"

#include <string.h>

/* An entry in the making. */
struct maker {
    struct sqlite_conn *self;
    struct arena *arena;
    struct sqlite_entry *entry;
    const char *table;
};

static bool
has_prefix(const char *name, const char *prefix)
{
    return span_starts_nocase(span_of(name), prefix);
}

bool
is_user_object(const char *name, const char *table)
{
    return !has_prefix(name, "sqlite_") && !has_prefix(name, "rollcall_") && !has_prefix(table, "sqlite_") &&
           !has_prefix(table, "rollcall_");
}

static char *
span_copy(struct maker *m, struct span text)
{
    return arena_strndup(m->arena, text.ptr, text.len);
}

static void
add(struct maker *m, enum object_kind kind, const char *name, const char *text, const char *stored,
    unsigned position)
{
    struct object object = {
        .kind = kind, .name = name, .table = m->table, .text = text, .stored = stored, .position = position};
    m->entry->objects = vec_grow(m->arena, m->entry->objects, m->entry->n, &m->entry->cap, sizeof(object));
    m->entry->objects[m->entry->n++] = object;
}

/* "t.suffix" */
static const char *
member_name(struct maker *m, const char *suffix)
{
    return arena_printf(m->arena, "%s.%s", m->table, suffix);
}

/* "a, b" */
static const char *
joined(struct maker *m, const char *const *parts, size_t n)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    for (size_t i = 0; i < n; i++) {
        buf_printf(&out, "%s%s", i == 0 ? "" : ", ", parts[i]);
    }
    return arena_strndup(m->arena, buf_cstr(&out), out.len);
}

static const char *
joined_folded(struct maker *m, const char *const *names, size_t n)
{
    return ddl_fold(joined(m, names, n), m->arena);
}

/* -- the parts of a table ----------------------------------------------------------------------------- */

static const char *
column_text(struct maker *m, const struct ddl_column *column)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    buf_str(&out, str_is_empty(column->type) ? "untyped" : column->type);
    if (column->is_not_null) {
        buf_str(&out, " not null");
    }
    if (!str_is_empty(column->not_null_conflict)) {
        buf_printf(&out, " on conflict %s", column->not_null_conflict);
    }
    if (column->default_text != NULL && !str_eq(column->default_text, "null")) {
        buf_printf(&out, " default %s", column->default_text);
    }
    if (!str_is_empty(column->collation) && !str_eq_nocase(column->collation, "binary")) {
        buf_printf(&out, " collate %s", ddl_fold(column->collation, m->arena));
    }
    if (column->generated != NULL) {
        buf_printf(&out, " generated always as (%s) %s", column->generated,
                   column->is_stored ? "stored" : "virtual");
    }
    return arena_strndup(m->arena, buf_cstr(&out), out.len);
}

/* A constraint's own name means nothing to the engine; it counts as spelling. */
static const char *
constraint_stored(struct maker *m, const char *name, struct span item)
{
    if (item.len > 0) {
        return span_copy(m, item);
    }
    return str_is_empty(name) ? "" : arena_printf(m->arena, "constraint %s", name);
}

static void
add_key(struct maker *m, const struct ddl_key *key)
{
    const char *terms = joined(m, key->terms, key->n_columns);
    const char *conflict =
        str_is_empty(key->conflict) ? "" : arena_printf(m->arena, " on conflict %s", key->conflict);
    const char *name = key->is_primary ? "primary key" : arena_printf(m->arena, "unique (%s)", terms);
    const char *text = arena_printf(m->arena, "%s (%s)%s%s%s", key->is_primary ? "primary key" : "unique",
                                    terms, key->is_descending_inline ? " beside the rowid" : "",
                                    key->is_autoincrement ? " autoincrement" : "", conflict);
    add(m, OBJECT_CONSTRAINT, member_name(m, name), text, constraint_stored(m, key->name, key->item), 0);
}

static void
add_check(struct maker *m, const struct ddl_check *check)
{
    add(m, OBJECT_CONSTRAINT, member_name(m, "check"), arena_printf(m->arena, "check (%s)", check->text),
        constraint_stored(m, check->name, check->item), 0);
}

static void
add_reference(struct maker *m, const struct ddl_reference *reference)
{
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    const char *columns = joined_folded(m, reference->columns, reference->n_columns);
    buf_printf(&text, "(%s) references %s", columns, ddl_fold(reference->parent, m->arena));
    if (reference->n_parent_columns > 0) {
        buf_printf(&text, " (%s)", joined_folded(m, reference->parent_columns, reference->n_parent_columns));
    }
    if (!str_eq(reference->on_delete, "NO ACTION")) {
        buf_printf(&text, " on delete %s", ddl_fold(reference->on_delete, m->arena));
    }
    if (!str_eq(reference->on_update, "NO ACTION")) {
        buf_printf(&text, " on update %s", ddl_fold(reference->on_update, m->arena));
    }
    if (reference->is_deferred) {
        buf_str(&text, " deferrable initially deferred");
    }
    add(m, OBJECT_FOREIGN_KEY, member_name(m, arena_printf(m->arena, "foreign key (%s)", columns)),
        arena_strndup(m->arena, buf_cstr(&text), text.len),
        constraint_stored(m, reference->name, reference->item), 0);
}

/* The columns of a virtual table are its module's to say; hidden ones are none of the schema. */
static void
add_virtual_columns(struct maker *m)
{
    struct cursor *cursor = NULL;
    struct value name = value_text(m->table);
    struct err ignored = {0};
    struct row row = {NULL, 0};
    unsigned position = 0;
    if (sqlite_query(&m->self->conn, "select name, type from pragma_table_xinfo(?) where hidden <> 1", &name,
                     1, &cursor, NULL, &ignored) != STATUS_OK) {
        return; /* the module is not there */
    }
    while (sqlite_fetch(cursor, &row, &ignored) == STATUS_OK && row.n > 0) {
        const char *column = member_name(m, value_to_str(&row.values[0], m->arena));
        const char *type = ddl_fold(value_to_str(&row.values[1], m->arena), m->arena);
        add(m, OBJECT_COLUMN, column, str_is_empty(type) ? "untyped" : type, "", ++position);
    }
    sqlite_finish(cursor);
}

/* -- one row of sqlite_schema
 * --------------------------------------------------------------------------------- */

/* Every byte of the text is some object's spelling: brackets and what is outside them the table's, the rest
 * the columns' and constraints', so that a difference shows where it is. */
static void
make_table(struct maker *m, struct span sql)
{
    struct ddl_table table;
    if (!ddl_parse_table(sql, m->arena, &table) || table.is_select) {
        add(m, OBJECT_TABLE, m->table, ddl_canonical(sql, m->arena), span_copy(m, sql), 0);
        return;
    }
    m->entry->is_virtual = table.is_virtual;
    if (table.is_virtual) {
        add(m, OBJECT_TABLE, m->table, arena_printf(m->arena, "virtual table using %s", table.module),
            span_copy(m, sql), 0);
        add_virtual_columns(m);
        return;
    }
    add(m, OBJECT_TABLE, m->table,
        arena_printf(m->arena, "table%s%s", table.is_strict ? " strict" : "",
                     table.is_without_rowid ? " without rowid" : ""),
        arena_printf(m->arena, "%.*s%.*s", (int)table.head.len, table.head.ptr, (int)table.tail.len,
                     table.tail.ptr),
        0);
    for (size_t i = 0; i < table.columns.n; i++) {
        const struct ddl_column *column = &table.columns.items[i];
        add(m, OBJECT_COLUMN, member_name(m, column->name), column_text(m, column),
            span_copy(m, column->item), (unsigned)i + 1);
    }
    for (size_t i = 0; i < table.keys.n; i++) {
        add_key(m, &table.keys.items[i]);
    }
    for (size_t i = 0; i < table.checks.n; i++) {
        add_check(m, &table.checks.items[i]);
    }
    for (size_t i = 0; i < table.references.n; i++) {
        add_reference(m, &table.references.items[i]);
    }
}

static void
make_index(struct maker *m, const char *name, struct span sql)
{
    struct ddl_index index;
    const char *text;
    if (ddl_parse_index(sql, m->arena, &index)) {
        text = arena_printf(m->arena, "%sindex (%s)%s%s", index.is_unique ? "unique " : "",
                            joined(m, index.terms, index.n_columns), index.where == NULL ? "" : " where ",
                            index.where == NULL ? "" : index.where);
    } else {
        text = ddl_canonical(sql, m->arena);
    }
    add(m, OBJECT_INDEX, name, text, span_copy(m, sql), 0);
}

static void
make_body(struct maker *m, const char *name, struct span sql, bool is_view)
{
    struct ddl_body body;
    bool is_read = is_view ? ddl_parse_view(sql, m->arena, &body) : ddl_parse_trigger(sql, m->arena, &body);
    m->table = is_view ? "" : m->table;
    add(m, is_view ? OBJECT_VIEW : OBJECT_TRIGGER, name, is_read ? body.text : ddl_canonical(sql, m->arena),
        span_copy(m, sql), 0);
}

enum { ROW_TYPE, ROW_NAME, ROW_TABLE, ROW_SQL };

/* Parsing leaves much behind; only what the entry needs moves into the cache. */
static struct sqlite_entry *
keep_entry(struct sqlite_conn *self, const struct sqlite_entry *made)
{
    struct arena *arena = &self->cache.arena;
    size_t used = arena->used;
    struct sqlite_entry *entry = arena_new(arena, struct sqlite_entry);
    *entry = *made;
    entry->cap = made->n;
    entry->table = arena_strdup(arena, made->table);
    entry->objects = arena_new_array(arena, struct object, made->n + 1);
    for (size_t i = 0; i < made->n; i++) {
        struct object *object = &entry->objects[i];
        *object = made->objects[i];
        object->name = arena_strdup(arena, object->name);
        object->table = *object->table == '\0' ? "" : entry->table;
        object->text = arena_strdup(arena, object->text);
        object->stored = arena_strdup(arena, object->stored);
        object->hash = object_hash(object); /* once, for every catalogue it is part of */
    }
    entry->bytes = arena->used - used;
    return entry;
}

static struct sqlite_entry
make_entry(struct sqlite_conn *self, const struct value *row, struct arena *arena)
{
    struct sqlite_entry made = {.table = value_to_str(&row[ROW_TABLE], arena)};
    struct maker maker = {self, arena, &made, made.table};
    const char *name = value_to_str(&row[ROW_NAME], arena);
    struct span type = row[ROW_TYPE].bytes;
    if (span_is(type, "table")) {
        make_table(&maker, row[ROW_SQL].bytes);
    } else if (span_is(type, "index")) {
        make_index(&maker, name, row[ROW_SQL].bytes);
    } else {
        make_body(&maker, name, row[ROW_SQL].bytes, span_is(type, "view"));
    }
    return made;
}

/* Name and text together: a table that was renamed has another text, too, but its triggers may not. */
static struct sqlite_entry *
find_entry(struct sqlite_conn *self, const struct value *row)
{
    struct hash128 hashes[] = {hash128(row[ROW_NAME].bytes), hash128(row[ROW_TABLE].bytes),
                               hash128(row[ROW_SQL].bytes)};
    struct span key = {(const char *)hashes, sizeof(hashes)};
    if (self->cache.entries.arena == NULL) {
        map_init(&self->cache.entries, &self->cache.arena);
    }
    struct sqlite_entry *entry = map_get(&self->cache.entries, key);
    if (entry == NULL) {
        ARENA_SCOPED scratch = {0};
        const struct sqlite_entry made = make_entry(self, row, &scratch);
        entry = keep_entry(self, &made);
        (void)map_put(&self->cache.entries, key, entry);
    }
    self->cache.used += entry->bytes + sizeof(hashes) + sizeof(struct map_slot);
    return entry;
}

/* -- all of it ---------------------------------------------------------------------------------------- */

static const char select_all[] = "select type, name, tbl_name, sql from sqlite_master where sql is not null";

static bool
is_wanted(const struct value *row, struct arena *scratch)
{
    return is_user_object(value_to_str(&row[ROW_NAME], scratch), value_to_str(&row[ROW_TABLE], scratch));
}

enum status
catalog_read_entries(struct sqlite_conn *self, const char *table, struct arena *arena,
                     struct sqlite_entries *out, struct err *err)
{
    static const char select_table[] = "select type, name, tbl_name, sql from sqlite_master where sql is not "
                                       "null and tbl_name = ? collate nocase";
    struct value param = value_text(table);
    ROWS_SCOPED *cursor = NULL;
    ARENA_SCOPED scratch = {0};
    struct row row;
    TRY(sqlite_query(&self->conn, table == NULL ? select_all : select_table, &param, table == NULL ? 0 : 1,
                     &cursor, NULL, err));
    for (;;) {
        TRY(sqlite_fetch(cursor, &row, err));
        if (row.n == 0) {
            return STATUS_OK;
        }
        struct arena_mark mark = arena_save(&scratch);
        if (is_wanted(row.values, &scratch)) {
            const struct sqlite_entry *entry = find_entry(self, row.values);
            out->has_virtual = out->has_virtual || entry->is_virtual;
            vec_push(arena, out, entry);
        }
        arena_restore(&scratch, mark);
    }
}

/* Tables that a virtual table keeps its data in: they come and go with it. */
static enum status
read_shadows(struct sqlite_conn *self, struct map *out, struct err *err)
{
    ROWS_SCOPED *cursor = NULL;
    struct row row;
    TRY(sqlite_query(&self->conn,
                     "select name from pragma_table_list where schema = 'main' and type = 'shadow'", NULL, 0,
                     &cursor, NULL, err));
    for (;;) {
        TRY(sqlite_fetch(cursor, &row, err));
        if (row.n == 0) {
            return STATUS_OK;
        }
        (void)map_put(out, row.values[0].bytes, self);
    }
}

/* What the last reading did not ask for is forgotten once it outweighs the rest. */
static void
trim_cache(struct catalog_cache *cache)
{
    enum { SLACK = 1 << 20 };
    if (cache->arena.used > 4 * cache->used + SLACK) {
        arena_release(&cache->arena);
        map_init(&cache->entries, &cache->arena);
    }
}

/* Row by row, and nothing is remembered. */
static enum status
add_all(struct sqlite_conn *self, const struct map *shadows, struct catalog *out, bool *has_virtual,
        struct err *err)
{
    ROWS_SCOPED *cursor = NULL;
    ARENA_SCOPED scratch = {0};
    struct row row;
    TRY(sqlite_query(&self->conn, select_all, NULL, 0, &cursor, NULL, err));
    for (;;) {
        TRY(sqlite_fetch(cursor, &row, err));
        if (row.n == 0) {
            return STATUS_OK;
        }
        struct arena_mark mark = arena_save(&scratch);
        if (is_wanted(row.values, &scratch)) {
            const struct sqlite_entry entry = make_entry(self, row.values, &scratch);
            *has_virtual = *has_virtual || entry.is_virtual;
            for (size_t i = 0; i < entry.n && map_get(shadows, span_of(entry.table)) == NULL; i++) {
                catalog_add(out, &entry.objects[i]);
            }
        }
        arena_restore(&scratch, mark);
    }
}

static enum status
read_once(struct sqlite_conn *self, struct catalog *out, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct map shadows;
    bool has_virtual = false;
    bool is_sum_only = out->is_sum_only;
    map_init(&shadows, &scratch);
    TRY(add_all(self, &shadows, out, &has_virtual, err));
    if (has_virtual) { /* now that it is known, without what those keep their data in */
        catalog_release(out);
        out->is_sum_only = is_sum_only;
        TRY(read_shadows(self, &shadows, err));
        TRY(add_all(self, &shadows, out, &has_virtual, err));
    }
    return STATUS_OK;
}

/* With what the cache remembers. */
static enum status
read_again(struct sqlite_conn *self, struct catalog *out, struct err *err)
{
    ARENA_SCOPED scratch = {0};
    struct sqlite_entries entries = {0};
    struct map shadows;
    map_init(&shadows, &scratch);
    self->cache.used = 0;
    TRY(catalog_read_entries(self, NULL, &scratch, &entries, err));
    if (entries.has_virtual) {
        TRY(read_shadows(self, &shadows, err));
    }
    for (size_t i = 0; i < entries.n; i++) {
        const struct sqlite_entry *entry = entries.items[i];
        for (size_t j = 0; j < entry->n && map_get(&shadows, span_of(entry->table)) == NULL; j++) {
            catalog_add(out, &entry->objects[j]);
        }
    }
    trim_cache(&self->cache);
    return STATUS_OK;
}

/* Most commands read it once, and then remembering is not worth the memory. */
enum status
sqlite_catalog(struct conn *conn, struct catalog *out, struct err *err)
{
    struct sqlite_conn *self = sqlite_of(conn);
    if (out->is_sum_only) {
        return read_once(self, out, err);
    }
    TRY(self->cache.is_due ? read_again(self, out, err) : read_once(self, out, err));
    self->cache.is_due = true;
    catalog_seal(out);
    return watch_restart(self, err);
}

/* The engine's own counter, which a rollback takes back, and the count of what takes it back. */
enum status
sqlite_schema_version(struct conn *conn, uint64_t *out, struct err *err)
{
    struct sqlite_conn *self = sqlite_of(conn);
    ROWS_SCOPED *cursor = NULL;
    struct row row;
    TRY(sqlite_query(conn, "pragma schema_version", NULL, 0, &cursor, NULL, err));
    TRY(sqlite_fetch(cursor, &row, err));
    uint64_t version = row.n == 0 ? 0 : (uint32_t)value_to_int(&row.values[0], 0);
    *out = (self->schema_epoch << 33 | version) + 1;
    return STATUS_OK;
}

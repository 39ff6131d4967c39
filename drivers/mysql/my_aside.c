/* The user's triggers stand aside while rows are put back. They cannot be switched off here, only dropped and
 * created again, and both commit. So what they were is written into a table of ours first, in one statement,
 * byte for byte as the server has it with the modes and character sets it was made in; from there it comes
 * back after the transaction, or, when this session dies, with whoever clears up.
 *
 * Nobody may write meanwhile as if there were no triggers: guards of ours refuse every session but this one,
 * and outlive us. */
#include "mysql/my_aside.h"

#include "base/io.h"
#include "mysql/my_capture.h"

#include <inttypes.h>
#include <string.h>

#define GUARD_PREFIX "rollcall_capture_guard_"

enum { NO_SUCH_TABLE = 1146 };

/* The columns of SHOW CREATE TRIGGER, and what identifies it. */
enum { SHOW_NAME, SHOW_MODE, SHOW_TEXT, SHOW_CLIENT, SHOW_CONNECTION, SHOW_DATABASE };

struct trigger {
    const char *name;
    const char *table;
    const char *definer;
    const char *mode;
    const char *client;
    const char *connection;
    const char *database;
    struct span text;
};

struct triggers {
    struct trigger *items;
    size_t n;
    size_t cap;
};

static void
add_name(struct buf *out, const struct my_conn *my, const char *name)
{
    driver_quote(my->base.driver, out, my->target.database);
    buf_char(out, '.');
    driver_quote(my->base.driver, out, name);
}

static enum status
exec_on(struct my_conn *my, const char *words, const char *name, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    buf_str(&sql, words);
    add_name(&sql, my, name);
    return text_exec(my, buf_view(&sql), NULL, err);
}

/* The modes and character sets in which the next statement is read. */
static enum status
set_context(struct my_conn *my, const struct trigger *trigger, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    buf_printf(&sql, "set session sql_mode = '%s', character_set_client = %s, collation_connection = %s",
               trigger->mode, trigger->client, trigger->connection);
    return text_exec(my, buf_view(&sql), NULL, err);
}

static enum status
own_context(struct my_conn *my, enum status status, struct err *err)
{
    struct err ignored = {0};
    struct err *mine = status == STATUS_OK ? err : &ignored;
    if (my->base.is_lost) {
        return status;
    }
    enum status own = text_exec(my, SPAN("set names utf8mb4"), NULL, mine);
    own = own == STATUS_OK ? my_own_mode(my, mine) : own;
    return status == STATUS_OK ? own : status;
}

/* -- finding --------------------------------------------------------------------------------------------- */

/* As raw bytes: in the character set that the trigger's author had. */
static enum status
show(struct my_conn *my, struct trigger *trigger, struct arena *arena, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    RESULT_SCOPED *result = NULL;
    struct err ignored = {0};
    buf_str(&sql, "show create trigger ");
    add_name(&sql, my, trigger->name);
    TRY(text_exec(my, SPAN("set character_set_results = binary"), NULL, err));
    enum status status = text_query(my, buf_cstr(&sql), &result, err);
    enum status back = text_exec(my, SPAN("set character_set_results = utf8mb4"), NULL,
                                 status == STATUS_OK ? err : &ignored);
    TRY(status);
    TRY(back);
    MYSQL_ROW row = mysql_fetch_row(result);
    const unsigned long *lengths = row == NULL ? NULL : mysql_fetch_lengths(result);
    if (row == NULL || row[SHOW_TEXT] == NULL) {
        return err_raise(err, STATUS_POLICY, "the text of the trigger '%s' cannot be read", trigger->name);
    }
    trigger->mode = arena_strdup(arena, row[SHOW_MODE]);
    trigger->text =
        (struct span){arena_strndup(arena, row[SHOW_TEXT], lengths[SHOW_TEXT]), lengths[SHOW_TEXT]};
    trigger->client = arena_strdup(arena, row[SHOW_CLIENT]);
    trigger->connection = arena_strdup(arena, row[SHOW_CONNECTION]);
    trigger->database = arena_strdup(arena, row[SHOW_DATABASE]);
    return STATUS_OK;
}

/* In the order in which they fire. */
static enum status
find(struct my_conn *my, const struct table *table, struct arena *arena, struct triggers *out,
     struct err *err)
{
    struct value name = value_text(table->name);
    struct cursor *cursor;
    struct row row;
    size_t from = out->n;
    TRY(my_query(
        &my->base,
        "select trigger_name, definer from information_schema.triggers where trigger_schema = database() "
        "and event_object_table = ? and left(trigger_name, 9) <> 'rollcall_' order by action_timing, "
        "event_manipulation, action_order",
        &name, 1, &cursor, NULL, err));
    enum status status = my_fetch(cursor, &row, err);
    while (status == STATUS_OK && row.n > 0) {
        struct trigger trigger = {.name = value_to_str(&row.values[0], arena),
                                  .table = table->name,
                                  .definer = value_to_str(&row.values[1], arena)};
        vec_push(arena, out, trigger);
        status = my_fetch(cursor, &row, err);
    }
    my_finish(cursor);
    for (size_t i = from; i < out->n && status == STATUS_OK; i++) {
        status = show(my, &out->items[i], arena, err);
    }
    return status;
}

/* -- what has to be possible before anything is dropped -------------------------------------------------- */

/* user@host, either with an @ in its name at worst. */
static void
add_definer(struct buf *sql, const struct my_conn *my, const char *definer)
{
    ARENA_SCOPED scratch = {0};
    const char *at = strrchr(definer, '@');
    size_t len = at == NULL ? strlen(definer) : (size_t)(at - definer);
    driver_quote(my->base.driver, sql, arena_strndup(&scratch, definer, len));
    if (at != NULL) {
        buf_char(sql, '@');
        driver_quote(my->base.driver, sql, at + 1);
    }
}

/* Creates, on our own table, a trigger that does nothing, in that name. */
static enum status
try_definer(struct my_conn *my, const struct trigger *trigger, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
    if (str_eq(trigger->definer, my->base.identity.user)) {
        return STATUS_OK;
    }
    buf_str(&sql, "create definer = ");
    add_definer(&sql, my, trigger->definer);
    buf_str(&sql,
            " trigger rollcall_probe before insert on rollcall_aside for each row set new.seq = new.seq");
    if (text_exec(my, buf_view(&sql), NULL, err) != STATUS_OK) {
        err_wrap(err, "the trigger '%s' could not be created again for '%s'", trigger->name,
                 trigger->definer);
        (void)err_hint(err, "drop the trigger first, and create it again afterwards");
        return my->base.is_lost ? err->status : err_restate(err, STATUS_POLICY);
    }
    return text_exec(my, SPAN("drop trigger rollcall_probe"), NULL, err);
}

static bool
is_ascii(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text > 0x7f) {
            return false;
        }
    }
    return true;
}

/* Oracle's server shows the names in UTF-8, whatever the character set of the rest. */
static bool
is_mixed(const struct my_conn *my, const struct trigger *trigger)
{
    return !my->is_mariadb && !str_starts(trigger->client, "utf8") &&
           !(is_ascii(trigger->name) && is_ascii(trigger->table) && is_ascii(trigger->definer));
}

static enum status
check_one(struct my_conn *my, const struct trigger *trigger, const char *collation, struct err *err)
{
    TRY(try_definer(my, trigger, err));
    if (!str_eq(trigger->database, collation) || is_mixed(my, trigger)) {
        (void)err_raise(err, STATUS_POLICY,
                        "the trigger '%s' could not be created again as it is: it was made in the character "
                        "set %s, when the database's collation was %s",
                        trigger->name, trigger->client, trigger->database);
        return err_hint(err, "drop the trigger first, and create it again afterwards");
    }
    if (own_context(my, set_context(my, trigger, err), err) != STATUS_OK) {
        err_wrap(err, "the trigger '%s' could not be created again", trigger->name);
        return my->base.is_lost ? err->status : err_restate(err, STATUS_POLICY);
    }
    return STATUS_OK;
}

static enum status
check(struct my_conn *my, const struct triggers *triggers, struct err *err)
{
    RESULT_SCOPED *result = NULL;
    TRY(text_query(my, "select @@collation_database", &result, err));
    MYSQL_ROW row = mysql_fetch_row(result);
    for (size_t i = 0; i < triggers->n; i++) {
        TRY(check_one(my, &triggers->items[i], row == NULL || row[0] == NULL ? "" : row[0], err));
    }
    return STATUS_OK;
}

/* -- aside ----------------------------------------------------------------------------------------------- */

static void
add_hex(struct buf *sql, struct span bytes)
{
    buf_str(sql, ", x'");
    for (size_t i = 0; i < bytes.len; i++) {
        buf_printf(sql, "%02x", (unsigned)(unsigned char)bytes.ptr[i]);
    }
    buf_char(sql, '\'');
}

static enum status
write_down(struct my_conn *my, const struct triggers *triggers, struct err *err)
{
    BUF_SCOPED sql = BUF_INIT(BUF_SQL_MAX);
    buf_str(&sql, "insert into rollcall_aside values ");
    for (size_t i = 0; i < triggers->n; i++) {
        const struct trigger *trigger = &triggers->items[i];
        buf_printf(&sql, "%s(%zu", i > 0 ? ", " : "", i + 1);
        add_hex(&sql, span_of(trigger->name));
        add_hex(&sql, span_of(trigger->mode));
        add_hex(&sql, span_of(trigger->client));
        add_hex(&sql, span_of(trigger->connection));
        add_hex(&sql, trigger->text);
        buf_char(&sql, ')');
    }
    TRY(buf_check(&sql, "the triggers' texts", err));
    TRY(text_exec(my, buf_view(&sql), NULL, err));
    return text_exec(my, SPAN("commit"), NULL, err);
}

static enum status
create_guards(struct my_conn *my, const struct table *tables, size_t n, struct err *err)
{
    static const char *const events[] = {"insert", "update", "delete"};
    for (size_t i = 0; i < n * COUNT_OF(events); i++) {
        BUF_SCOPED sql = BUF_INIT(BUF_TEXT_MAX);
        buf_printf(&sql, "create trigger " GUARD_PREFIX "%zu before %s on ", i, events[i % COUNT_OF(events)]);
        add_name(&sql, my, tables[i / COUNT_OF(events)].name);
        buf_printf(&sql,
                   " for each row if not (" CAPTURE_VARIABLE " <=> %" PRIu64
                   ") then signal sqlstate '45000' set message_text = 'rollcall is putting rows of this "
                   "table back; should it have died: rollcall resume'; end if",
                   my->capture_token);
        TRY(text_exec(my, buf_view(&sql), NULL, err));
    }
    return STATUS_OK;
}

static enum status
put_aside(struct my_conn *my, const struct table *tables, size_t n, const struct triggers *triggers,
          struct err *err)
{
    TRY(text_exec(
        my,
        SPAN("create table rollcall_aside (seq bigint not null primary key, name blob not null, mode "
             "blob not null, client blob not null, connection blob not null, body longblob not null) "
             "engine = InnoDB"),
        NULL, err));
    my->has_aside = true;
    TRY(check(my, triggers, err));
    TRY(capture_identify(my, err));
    TRY(create_guards(my, tables, n, err));
    TRY(write_down(my, triggers, err));
    for (size_t i = 0; i < triggers->n; i++) {
        TRY(fault_before("mysql.aside", err));
        TRY(exec_on(my, "drop trigger ", triggers->items[i].name, err));
    }
    return STATUS_OK;
}

enum status
triggers_aside(struct my_conn *my, const struct table *tables, size_t n, struct err *err)
{
    ARENA_SCOPED arena = {0};
    struct triggers found = {0};
    struct err ignored = {0};
    TRY(triggers_back(my, err));
    for (size_t i = 0; i < n; i++) {
        TRY(find(my, &tables[i], &arena, &found, err));
    }
    if (found.n == 0) {
        return STATUS_OK;
    }
    enum status status = put_aside(my, tables, n, &found, err);
    if (status != STATUS_OK && !my->base.is_lost) {
        IGNORE(triggers_back(my, &ignored));
    }
    return status;
}

/* -- and back -------------------------------------------------------------------------------------------- */

static enum status
read_back(struct my_conn *my, struct arena *arena, struct triggers *out, struct err *err)
{
    RESULT_SCOPED *result = NULL;
    MYSQL_ROW row;
    TRY(text_query(my, "select name, mode, client, connection, body from rollcall_aside order by seq",
                   &result, err));
    while ((row = mysql_fetch_row(result)) != NULL) {
        const unsigned long *lengths = mysql_fetch_lengths(result);
        struct trigger trigger = {.name = arena_strndup(arena, row[0], lengths[0]),
                                  .mode = arena_strndup(arena, row[1], lengths[1]),
                                  .client = arena_strndup(arena, row[2], lengths[2]),
                                  .connection = arena_strndup(arena, row[3], lengths[3]),
                                  .text = {arena_strndup(arena, row[4], lengths[4]), lengths[4]}};
        vec_push(arena, out, trigger);
    }
    return mysql_errno(my->mysql) == 0 ? STATUS_OK : raise_mysql(my, false, err);
}

/* A table that is gone by now took its triggers along. */
static enum status
create_again(struct my_conn *my, const struct trigger *trigger, struct err *err)
{
    TRY(set_context(my, trigger, err));
    enum status status = text_exec(my, trigger->text, NULL, err);
    if (status == STATUS_OK || err->server_code == NO_SUCH_TABLE) {
        err_clear(err);
        return STATUS_OK;
    }
    err->position = 0;
    return err_wrap(err, "cannot create the trigger '%s' again", trigger->name);
}

static enum status
drop_guards(struct my_conn *my, struct err *err)
{
    RESULT_SCOPED *result = NULL;
    MYSQL_ROW row;
    TRY(text_query(my,
                   "select trigger_name from information_schema.triggers where trigger_schema = database() "
                   "and left(trigger_name, 23) = '" GUARD_PREFIX "'",
                   &result, err));
    while ((row = mysql_fetch_row(result)) != NULL) {
        TRY(exec_on(my, "drop trigger if exists ", row[0], err));
    }
    return STATUS_OK;
}

static enum status
bring_back(struct my_conn *my, struct err *err)
{
    ARENA_SCOPED arena = {0};
    struct triggers triggers = {0};
    TRY(read_back(my, &arena, &triggers, err));
    for (size_t i = 0; i < triggers.n; i++) { /* all of them, for the sake of their order */
        TRY(exec_on(my, "drop trigger if exists ", triggers.items[i].name, err));
    }
    enum status status = STATUS_OK;
    for (size_t i = 0; i < triggers.n && status == STATUS_OK; i++) {
        status = fault_before("mysql.back", err);
        status = status == STATUS_OK ? create_again(my, &triggers.items[i], err) : status;
    }
    TRY(own_context(my, status, err));
    TRY(drop_guards(my, err));
    TRY(text_exec(my, SPAN("drop table rollcall_aside"), NULL, err));
    my->has_aside = false;
    return STATUS_OK;
}

enum status
triggers_back(struct my_conn *my, struct err *err)
{
    RESULT_SCOPED *result = NULL;
    if (!my->has_aside) {
        TRY(text_query(my,
                       "select 1 from information_schema.tables where table_schema = database() and "
                       "table_name = 'rollcall_aside'",
                       &result, err));
        if (mysql_fetch_row(result) == NULL) {
            return STATUS_OK;
        }
    }
    return bring_back(my, err);
}

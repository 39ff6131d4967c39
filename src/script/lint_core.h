/* What the files of lint share. */
#ifndef SCRIPT_LINT_CORE_H
#define SCRIPT_LINT_CORE_H

#include "driver/sqltok.h"
#include "script/lint.h"
#include "script/reverse.h"

/* The order of lint_rules. */
enum lint_id {
    /* directory */
    RULE_BAD_CONFIG,
    RULE_BAD_DIRECTIVE,
    RULE_BAD_LINK,
    RULE_BAD_MARKER,
    RULE_BAD_PLAN,
    RULE_BAD_TEXT,
    RULE_CANNOT_IMPORT,
    RULE_DOWN_WITHOUT_UP,
    RULE_DUPLICATE_ID,
    RULE_DUPLICATE_VERSION,
    RULE_MISSING_FILE,
    RULE_NAMES_DIFFER,
    RULE_OTHER_DIALECT,
    RULE_STATEMENT_REGION,
    RULE_UNCLAIMED_FILE,
    RULE_UNREADABLE,
    /* statements: what is lost */
    RULE_DROP_TABLE,
    RULE_DROP_COLUMN,
    RULE_DROP_SCHEMA,
    RULE_DROP_DATABASE,
    RULE_DROP_TYPE,
    RULE_DROP_CONSTRAINT,
    RULE_DROP_NOT_NULL,
    RULE_DROP_CASCADE,
    RULE_TRUNCATE,
    RULE_TRUNCATE_CASCADE,
    RULE_UPDATE_ALL_ROWS,
    RULE_DELETE_ALL_ROWS,
    RULE_NARROWER_TYPE,
    RULE_ENUM_VALUE,
    RULE_ENUM_VALUE_USED,
    RULE_UNKNOWN_STATEMENT,
    /* statements: locks and rewrites */
    RULE_INDEX_NOT_CONCURRENT,
    RULE_DROP_INDEX_NOT_CONCURRENT,
    RULE_REINDEX_NOT_CONCURRENT,
    RULE_TYPE_CHANGE,
    RULE_TABLE_COPY,
    RULE_TABLE_REWRITE,
    RULE_SET_NOT_NULL,
    RULE_VOLATILE_DEFAULT,
    RULE_STORED_GENERATED,
    RULE_FOREIGN_KEY_SCAN,
    RULE_CHECK_SCAN,
    RULE_UNIQUE_CONSTRAINT,
    RULE_UNIQUE_MAY_FAIL,
    RULE_ADD_NOT_NULL_COLUMN,
    RULE_IMPLICIT_DEFAULT,
    RULE_LOCK_TABLE,
    RULE_NO_LOCK_TIMEOUT,
    /* statements: running applications, design */
    RULE_RENAME_TABLE,
    RULE_RENAME_COLUMN,
    RULE_CHAR_TYPE,
    RULE_SERIAL_TYPE,
    RULE_JSON_TYPE,
    RULE_INT_PRIMARY_KEY,
    RULE_NO_PRIMARY_KEY,
    RULE_LONG_NAME,
    RULE_IF_EXISTS,
    RULE_UNKNOWN_OBJECT,
    RULE_DROP_ORDER,
    RULE_TOUCHES_REGISTRY,
    RULE_PASSWORD,
    RULE_PLACEHOLDER,
    RULE_CLIENT_COMMAND,
    RULE_UNSUPPORTED_ALTER,
    RULE_COLUMN_IN_USE,
    /* scripts */
    RULE_TRANSACTION_WORDS,
    RULE_COMMIT_IN_THE_MIDDLE,
    RULE_UNBALANCED_TRANSACTION,
    RULE_IMPLICIT_COMMIT,
    RULE_NO_TRANSACTION_INSIDE,
    RULE_NOT_ALONE,
    RULE_PRAGMA_IN_TRANSACTION,
    RULE_REBUILD_CASCADES,
    RULE_CHECKS_LEFT_OFF,
    RULE_BACKFILL,
    RULE_SEVERAL_OBJECTS,
    RULE_SEVERAL_DDL,
    /* pairs */
    RULE_MISSING_DOWN,
    RULE_EMPTY_DOWN,
    RULE_DOWN_MISSES_OBJECT,
    RULE_DOWN_MISSES_RESTORE,
    RULE_DOWN_MISSES_RENAME,
    RULE_DOWN_MISSES_DATA,
    RULE_DOWN_ADDS_OBJECT,
    RULE_DOWN_DROPS_OTHER,
    RULE_DOWN_TOUCHES_OTHER,
    RULE_DOWN_CHANGES_TYPE,
    RULE_DOWN_CHANGES_DEFAULT,
    RULE_DOWN_CHANGES_DEFINITION,
    RULE_DOWN_LOSES_NOT_NULL,
    RULE_DOWN_LOSES_DEFAULT,
    RULE_DOWN_LOSES_PRIMARY_KEY,
    RULE_DOWN_LOSES_FOREIGN_KEY,
    RULE_DOWN_LOSES_UNIQUE,
    RULE_DOWN_LOSES_CHECK,
    RULE_DOWN_LOSES_INDEX,
    RULE_DOWN_KEEPS_NOT_NULL,
    RULE_DOWN_KEEPS_DEFAULT,
    RULE_DOWN_KEEPS_LABEL,
    RULE_DOWN_SETS_NOT_NULL,
    RULE_DOWN_NARROWS_TYPE,
    RULE_DOWN_DROPS_DATA,
    RULE_DOWN_NOT_CONCURRENT,
    RULE_DOWN_HIDES_NAME,
    /* history */
    RULE_REVERSE_NEEDS,
    /* comments */
    RULE_CLASS_MISMATCH,
    RULE_MISSING_REASON,
    RULE_MISSING_COMPENSATE,
    RULE_UNUSED_IGNORE,
    RULE_COUNT
};

/* "-- rollcall: ignore=a,b": one entry a rule named. */
struct ignore {
    size_t line;   /* where the comment stands, in the file */
    size_t target; /* line whose statement it is about */
    struct span rule;
    bool is_used;
};

struct ignores {
    struct ignore *items; /* by target */
    size_t n;
    size_t cap;
    struct {
        struct ignore *items;
        size_t n;
        size_t cap;
    } whole; /* for the whole file */
};

/* One part of a migration, cut and understood. */
struct lint_script {
    const struct migration *migration;
    const struct part *part;
    enum lint_direction direction;
    bool is_there; /* present and readable */
    struct pieces pieces;
    struct effects effects; /* as the driver gave them */
    struct ignores ignores;
    struct map remade;   /* names that tables get in this script, by CREATE or by a rename */
    struct map refilled; /* those of them whose table has rows inserted */
    size_t n_statements;
};

struct lint {
    const struct migrations *migrations;
    const struct driver *driver;
    struct arena *arena;  /* life of the result */
    struct arena scratch; /* one migration */
    struct model model;
    struct map needs;     /* "t" or "t.c": struct need, the newest down that reads it */
    struct map directory; /* "file line" and "file error" of the directory's findings */
    struct map selected;
    bool is_selective;
    struct lint_result *out;

    /* the migration at hand */
    struct lint_script up;
    struct lint_script down;
    struct reverse reverse;

    /* the script at hand */
    bool foreign_keys_off;
    size_t piece; /* the statement whose dropped tables are these */
    const struct effect **dropped;
    size_t n_dropped;
    size_t cap_dropped;
};

#define LINT_NO_PIECE MODEL_NO_PIECE

/* Adds a finding at a statement (LINT_NO_PIECE: at the script's first line), unless the rule is not for this
 * engine or direction, the file was not asked for, or a comment ignores it there. */
void lint_say(struct lint *lint, struct lint_script *script, size_t piece, enum lint_id rule, const char *fmt,
              ...) PRINTF_LIKE(5, 6);
/* The same at a line of the file. */
void lint_say_at(struct lint *lint, struct lint_script *script, size_t line, enum lint_id rule,
                 const char *fmt, ...) PRINTF_LIKE(5, 6);
/* "'t.c'" for messages. */
const char *lint_quote(struct lint *lint, const char *table, const char *name);

/* The effects of one script: begin, each one before it is applied to the model, end. */
void lint_begin(struct lint *lint);
void lint_visit(struct lint *lint, struct lint_script *script, const struct effect *effect);
void lint_end(struct lint *lint, struct lint_script *script);
/* Texts of one script, without the model. */
void lint_text(struct lint *lint, struct lint_script *script);
/* One script as a whole. */
void lint_whole(struct lint *lint, struct lint_script *script, const struct reverse_side *side);
/* Up and down together, after both were applied. */
void lint_pair(struct lint *lint);
void lint_class(struct lint *lint, struct lint_class *out);
/* What this up takes away though the down of an earlier migration reads it: after the up was applied. */
void lint_history(struct lint *lint);
/* What this down reads: after lint_history. */
void lint_needs(struct lint *lint);

void ignores_read(struct lint *lint, struct lint_script *script, struct span text);
/* Whether a comment says so for a statement on those lines; marks it as used. */
bool ignores_cover(struct ignores *ignores, const char *rule, size_t first_line, size_t last_line);
void ignores_report(struct lint *lint, struct lint_script *script);

#endif

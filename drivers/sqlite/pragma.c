/* PRAGMA statements: which change the session, and which of those must come before a transaction. */
#include "sqlite/internal.h"

/* Settings that end with the connection. What a transaction makes ineffective or refuses is told in SQLite's
 * documentation of each pragma. */
static const struct session_pragma session_pragmas[] = {
    {"analysis_limit", NULL, false},
    {"automatic_index", NULL, false},
    {"busy_timeout", NULL, false},
    {"cache_size", NULL, false},
    {"cache_spill", NULL, false},
    {"case_sensitive_like", "0", false},
    {"cell_size_check", NULL, false},
    {"checkpoint_fullfsync", NULL, false},
    {"count_changes", NULL, false},
    {"defer_foreign_keys", NULL, false},
    {"empty_result_callbacks", NULL, false},
    {"foreign_keys", NULL, true},
    {"full_column_names", NULL, false},
    {"fullfsync", NULL, false},
    {"ignore_check_constraints", NULL, false},
    {"journal_mode", NULL, true},
    {"journal_size_limit", NULL, false},
    {"legacy_alter_table", NULL, true},
    {"locking_mode", NULL, true},
    {"max_page_count", NULL, false},
    {"mmap_size", NULL, false},
    {"query_only", NULL, false},
    {"read_uncommitted", NULL, false},
    {"recursive_triggers", NULL, false},
    {"reverse_unordered_selects", NULL, false},
    {"secure_delete", NULL, false},
    {"short_column_names", NULL, false},
    {"soft_heap_limit", NULL, false},
    {"synchronous", NULL, true},
    {"temp_store", NULL, true},
    {"threads", NULL, false},
    {"trusted_schema", NULL, false},
    {"wal_autocheckpoint", NULL, false},
    {"writable_schema", NULL, false},
};

const struct session_pragma *
pragma_find(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(session_pragmas); i++) {
        if (str_eq(session_pragmas[i].name, name)) {
            return &session_pragmas[i];
        }
    }
    return NULL;
}

bool
pragma_parse(struct span sql, struct arena *arena, struct pragma *out)
{
    struct lexer lexer;
    struct ddl_name name;
    struct span value;
    lexer_init(&lexer, sql, LEX_SQLITE);
    if (!lexer_accept(&lexer, "pragma") || !ddl_parse_name(&lexer, arena, &name)) {
        return false;
    }
    *out = (struct pragma){ddl_fold(name.schema, arena), ddl_fold(name.name, arena), "", false};
    if (lexer_accept_punct(&lexer, "=")) {
        size_t from = lexer_peek(&lexer).at;
        lexer_skip_item(&lexer);
        size_t end = lexer_peek(&lexer).at;
        value = (struct span){sql.ptr + from, end - from};
    } else if (!lexer_group(&lexer, &value)) {
        return true;
    }
    out->has_value = true;
    lexer_init(&lexer, value, LEX_SQLITE);
    struct token first = lexer_next(&lexer);
    bool is_quoted =
        (first.kind == TOKEN_STRING || first.kind == TOKEN_NAME) && lexer_peek(&lexer).kind == TOKEN_END;
    out->value = ddl_fold(is_quoted ? token_unquote(first, LEX_SQLITE, arena)
                                    : sql_squeeze(span_trim(value), LEX_SQLITE, arena),
                          arena);
    return true;
}

/* How a script is going to be run, decided from its pieces alone. */
#include "harness.h"
#include "migrate/run.h"

#include <string.h>

static const struct driver with_ddl = {.name = "with", .caps = CAP_TRANSACTIONAL_DDL};
static const struct driver without_ddl = {.name = "without"};

/* One piece a letter: s statement, p session statement, b BEGIN, c COMMIT, r ROLLBACK, n not in a
 * transaction, C COPY, d its rows, x client line, i ignorable client line. Each stands on a line of its own.
 */
static struct script
script_of(const char *letters)
{
    static const struct {
        char letter;
        enum piece_kind kind;
        unsigned flags;
    } kinds[] = {
        {'s', PIECE_STATEMENT, 0},
        {'p', PIECE_STATEMENT, PIECE_SESSION},
        {'b', PIECE_STATEMENT, PIECE_TXN_BEGIN},
        {'c', PIECE_STATEMENT, PIECE_TXN_COMMIT},
        {'r', PIECE_STATEMENT, PIECE_TXN_ROLLBACK},
        {'n', PIECE_STATEMENT, PIECE_NO_TXN},
        {'C', PIECE_STATEMENT, PIECE_COPY_IN},
        {'d', PIECE_COPY_DATA, 0},
        {'x', PIECE_CLIENT, 0},
        {'i', PIECE_CLIENT, PIECE_CLIENT_IGNORED},
        {';', PIECE_TERMINATOR, 0},
    };
    struct pieces *pieces = arena_new(test_arena(), struct pieces);
    pieces->text = span_of(letters);
    for (size_t i = 0; i < strlen(letters); i++) {
        for (size_t k = 0; k < COUNT_OF(kinds); k++) {
            if (kinds[k].letter == letters[i]) {
                struct piece piece = {kinds[k].kind, kinds[k].flags, i, 1, i + 1, 3};
                vec_push(test_arena(), pieces, piece);
            }
        }
    }
    return (struct script){.pieces = pieces, .file = "0001_a.up.sql", .first_line = 10, .transaction = true};
}

static enum run_mode
mode_of(const struct driver *driver, const char *letters)
{
    struct script script = script_of(letters);
    struct run_plan plan;
    struct err err = {0};
    CHECK_OK(script_plan(driver, &script, &plan, &err));
    return plan.mode;
}

static const char *
refusal_of(const struct driver *driver, const char *letters)
{
    struct script script = script_of(letters);
    struct run_plan plan;
    struct err err = {0};
    CHECK_INT(script_plan(driver, &script, &plan, &err), STATUS_USAGE);
    return arena_strdup(test_arena(), err.msg);
}

TEST(run, plain_script_runs_in_one_transaction)
{
    CHECK_INT(mode_of(&with_ddl, "s;s;"), RUN_ONE_TRANSACTION);
    CHECK_INT(mode_of(&with_ddl, ""), RUN_ONE_TRANSACTION);
    CHECK_INT(mode_of(&with_ddl, "C;ds;"), RUN_ONE_TRANSACTION);
    CHECK_INT(mode_of(&with_ddl, "is;"), RUN_ONE_TRANSACTION);
}

TEST(run, engine_directive_or_statement_switches_the_transaction_off)
{
    CHECK_INT(mode_of(&without_ddl, "s;s;"), RUN_EACH_STATEMENT);
    CHECK_INT(mode_of(&with_ddl, "s;n;"), RUN_EACH_STATEMENT);
    struct script script = script_of("s;");
    struct run_plan plan;
    struct err err = {0};
    script.transaction = false;
    CHECK_OK(script_plan(&with_ddl, &script, &plan, &err));
    CHECK_INT(plan.mode, RUN_EACH_STATEMENT);
}

TEST(run, statement_that_decides_is_named_by_its_line)
{
    struct script script = script_of("s;n;");
    struct run_plan plan;
    struct err err = {0};
    CHECK_OK(script_plan(&with_ddl, &script, &plan, &err));
    CHECK_INT(plan.why_line, 12);
    CHECK_STR(plan.why, "the engine refuses a statement of it inside a transaction");
}

TEST(run, own_transaction_words_are_left_alone)
{
    struct script script = script_of("b;s;s;c;");
    struct run_plan plan;
    struct err err = {0};
    CHECK_OK(script_plan(&with_ddl, &script, &plan, &err));
    CHECK_INT(plan.mode, RUN_OWN_TRANSACTION);
    CHECK_INT(plan.last_commit, 7);
    script = script_of("b;s;c;s;");
    CHECK_OK(script_plan(&with_ddl, &script, &plan, &err));
    CHECK_INT(plan.mode, RUN_OWN_TRANSACTION);
    CHECK_INT(plan.last_commit, 0);
}

TEST(run, leading_session_statements_come_before_the_transaction)
{
    struct script script = script_of("p;p;s;p;");
    struct run_plan plan;
    struct err err = {0};
    CHECK_OK(script_plan(&with_ddl, &script, &plan, &err));
    CHECK_INT(plan.mode, RUN_ONE_TRANSACTION);
    CHECK_INT(plan.n_leading, 3);
}

TEST(run, commit_of_our_transaction_is_refused_with_its_place)
{
    CHECK_STR(refusal_of(&with_ddl, "s;c;s;"),
              "0001_a.up.sql:12:3: ends a transaction that the script did not begin");
    CHECK_STR(refusal_of(&with_ddl, "s;r;"),
              "0001_a.up.sql:12:3: ends a transaction that the script did not begin");
    CHECK_INT(mode_of(&without_ddl, "s;c;s;"), RUN_OWN_TRANSACTION);
}

TEST(run, unbalanced_begin_is_refused)
{
    CHECK_STR(refusal_of(&with_ddl, "b;s;"),
              "0001_a.up.sql:10:3: begins a transaction that the script never ends");
    CHECK_STR(refusal_of(&with_ddl, "b;s;b;c;"),
              "0001_a.up.sql:14:3: begins a transaction inside another one");
}

TEST(run, client_command_is_refused)
{
    CHECK_STR(refusal_of(&with_ddl, "s;x"), "0001_a.up.sql:12:3: is a command for a client program, not SQL");
}

TEST(run, copy_without_rows_is_refused)
{
    CHECK_STR(refusal_of(&with_ddl, "C;s;d"), "0001_a.up.sql:10:3: COPY from STDIN without rows after it");
}

/* Cases that every driver has to pass, each on a database of its own: plain, through the trace decorator, and
 * through the fault decorator with nothing that goes off.
 *
 *     CASE(transactions, commit_keeps_the_rows) { ... rig->conn ... }
 *
 * becomes nine tests: sqlite_plain.transactions_commit_keeps_the_rows and so on. An engine that is not at
 * hand is skipped. */
#ifndef TESTS_CONTRACT_RIG_H
#define TESTS_CONTRACT_RIG_H

#include "driver/conn.h"
#include "harness.h"

enum engine { ENGINE_sqlite, ENGINE_postgres, ENGINE_mysql, ENGINE_COUNT };
enum coat { COAT_plain, COAT_traced, COAT_faulty };

struct rig {
    enum engine engine;
    const char *server_url; /* of a database that is always there */
    const char *url;        /* of the case's own database */
    struct conn *server;    /* plain */
    struct conn *conn;      /* in the case's own database, with the coat */
    const char *trace;      /* COAT_traced: the trace's file */
    enum coat coat;
    char name[64]; /* of the database */
};

void rig_run(enum engine engine, enum coat coat, void (*run)(struct rig *rig));

#define CASE_ON(on, wearing, group, name)                                                                    \
    TEST(on##_##wearing, group##_##name)                                                                     \
    {                                                                                                        \
        rig_run(ENGINE_##on, COAT_##wearing, case_##group##_##name);                                         \
    }

#define CASE(group, name)                                                                                    \
    static void case_##group##_##name(struct rig *rig);                                                      \
    CASE_ON(sqlite, plain, group, name)                                                                      \
    CASE_ON(sqlite, traced, group, name)                                                                     \
    CASE_ON(sqlite, faulty, group, name)                                                                     \
    CASE_ON(postgres, plain, group, name)                                                                    \
    CASE_ON(postgres, traced, group, name)                                                                   \
    CASE_ON(postgres, faulty, group, name)                                                                   \
    CASE_ON(mysql, plain, group, name)                                                                       \
    CASE_ON(mysql, traced, group, name)                                                                      \
    CASE_ON(mysql, faulty, group, name)                                                                      \
    static void case_##group##_##name(struct rig *rig)

/* For cases that bring decorators of their own. */
#define PLAIN_CASE(group, name)                                                                              \
    static void case_##group##_##name(struct rig *rig);                                                      \
    CASE_ON(sqlite, plain, group, name)                                                                      \
    CASE_ON(postgres, plain, group, name)                                                                    \
    CASE_ON(mysql, plain, group, name)                                                                       \
    static void case_##group##_##name(struct rig *rig)

/* Another connection to the case's database; NULL, with a failed check, when it cannot be had. */
struct conn *rig_open(struct rig *rig, struct conn_params params);

/* What stands for the rig's engine in a row of one text an engine. */
#define ON_ENGINE(rig, sqlite, postgres, mysql)                                                              \
    ((rig)->engine == ENGINE_sqlite ? (sqlite) : (rig)->engine == ENGINE_postgres ? (postgres) : (mysql))

/* The registry, born with the schema that is there. */
void rig_make_registry(struct rig *rig);
/* Runs a migration's statements, each in a script session of its own; a failed check when one fails. NULL
 * ends the list. */
void rig_do(struct rig *rig, const char *sql, ...);
/* One such statement on any connection. */
void conn_do(struct conn *conn, const char *sql);
/* What it gives: STATUS_OK or why not. */
enum status conn_try(struct conn *conn, const char *sql);

/* Our own SQL, and a script's within a session that the case itself entered. "{s}" stands for the schema that
 * unqualified names of a script are in: "public." or nothing. */
void own_do(struct conn *conn, const char *sql);
enum status own_try(struct conn *conn, const char *sql);
const char *own_sql(const struct conn *conn, const char *sql);
/* The first value of the first row of our own query: "" for NULL, "(none)" without a row, "(error)". */
const char *conn_ask(struct conn *conn, const char *sql);
/* How many rows a script's table has; -1 when there is none. */
int64_t conn_count(struct conn *conn, const char *table);

#endif

#include "cli/option.h"

#include <stdlib.h>
#include <string.h>

#define FLAG(name, field, groups, help)                                                                      \
    {                                                                                                        \
        name, NULL, OPTION_FLAG, offsetof(struct options, field), groups, NULL, help                         \
    }
#define TEXT(name, value, field, groups, env, help)                                                          \
    {                                                                                                        \
        name, value, OPTION_TEXT, offsetof(struct options, field), groups, env, help                         \
    }
#define NUMBER(name, value, field, groups, help)                                                             \
    {                                                                                                        \
        name, value, OPTION_NUMBER, offsetof(struct options, field), groups, NULL, help                      \
    }

const struct option option_table[] = {
    TEXT("db", "URL", db, GROUP_WHERE, "ROLLCALL_DB", "the database; env:NAME takes it from a variable"),
    TEXT("dir", "DIR", dir, GROUP_WHERE, "ROLLCALL_DIR", "the migrations; several folders with commas"),
    TEXT("service", "NAME", service, GROUP_WHERE, "ROLLCALL_SERVICE", "one service of rollcall.ini"),
    TEXT("layout", "NAME", layout, GROUP_WHERE, NULL, "format of the folder, when its shape does not tell"),
    TEXT("store", "DIR", store, GROUP_WHERE | GROUP_COMPARE | GROUP_DIGEST, "ROLLCALL_STORE",
         "where snapshots and journals are kept (.rollcall)"),
    TEXT("lock-timeout", "TIME", lock_timeout, GROUP_CHANGE, NULL, "longest wait for a lock, such as 3s"),
    FLAG("dry-run", dry_run, GROUP_CHANGE | GROUP_SNAPSHOT,
         "print the SQL; the server refuses writes meanwhile"),
    TEXT("reason", "TEXT", reason, GROUP_CHANGE, NULL, "why; goes on record"),
    TEXT("to", "VERSION", to, GROUP_TARGET | GROUP_DRILL, NULL,
         "up to this version; for a rollback, the one that stays"),
    NUMBER("steps", "N", steps, GROUP_TARGET, "so many migrations"),
    FLAG("allow-out-of-order", allow_out_of_order, GROUP_UP,
         "apply pending migrations that lie before applied ones"),
    FLAG("use-edited", use_edited, GROUP_BACK, "take the folder's down where it differs from the stored one"),
    TEXT("plan", "FILE", plan, GROUP_BACK, NULL, "roll back exactly what this plan says, or refuse"),
    TEXT("on-conflict", "keep|restore|fail", on_conflict, GROUP_BACK | GROUP_RESUME, NULL,
         "cells that the migration and somebody later wrote (keep: the later write stands)"),
    TEXT("merge", "cell|row", merge, GROUP_BACK | GROUP_RESUME, NULL, "what a conflict is about (cell)"),
    TEXT("accept-loss", "N", accept_loss, GROUP_BACK | GROUP_RESUME, NULL,
         "so many rows written since may be lost; goes on record"),
    FLAG("unprotected", unprotected, GROUP_BACK | GROUP_RESUME,
         "roll back by the down script alone, without what was saved"),
    FLAG("no-freeze", no_freeze, GROUP_BACK, "let writers go on meanwhile"),
    TEXT("out", "FILE", out, GROUP_PLAN | GROUP_REPORT | GROUP_REGISTRY, NULL, "write it to a file"),
    FLAG("check", check, GROUP_STATUS, "exit 1 when anything is pending or drifted"),
    FLAG("show-layout", show_layout, GROUP_STATUS, "how each file was understood"),
    TEXT("baseline", "VERSION", baseline, GROUP_ADOPT, NULL, "take everything up to this version as applied"),
    FLAG("baseline", take_baseline, GROUP_RECONCILE, "what is wrong now was there before: remember it"),
    TEXT("settle", "done|again", settle, GROUP_RESUME, NULL,
         "what became of the statement whose outcome nobody saw"),
    TEXT("url", "URL", url, GROUP_DRILL, NULL, "server for the scratch databases"),
    TEXT("from", "VERSION", from, GROUP_DRILL, NULL, "begin the drill here"),
    FLAG("range", range, GROUP_DRILL, "from .. to as one step"),
    FLAG("walk", walk, GROUP_DRILL, "also all downs from the newest schema"),
    FLAG("data", data, GROUP_DRILL, "with generated rows"),
    NUMBER("seed", "N", seed, GROUP_DRILL, "of the generated rows"),
    TEXT("rows", "DIR", rows, GROUP_DRILL, NULL, "load DIR/VERSION*.sql after that version"),
    FLAG("rules", rules, GROUP_LINT, "list the rules"),
    TEXT("tables", "A,B", tables, GROUP_SNAPSHOT | GROUP_FK | GROUP_FREEZE | GROUP_COMPARE | GROUP_DIGEST,
         NULL, "only these tables"),
    TEXT("into-schema", "NAME", into_schema, GROUP_SNAPSHOT, NULL, "restore into the tables of this schema"),
    TEXT("format", "NAME", format, GROUP_SNAPSHOT | GROUP_REPORT, NULL,
         "rows of cat: copy, csv, jsonl; a report: html, md, text, json"),
    FLAG("replace", replace, GROUP_SNAPSHOT, "restore over rows that are there, after a snapshot of them"),
    NUMBER("keep", "N", keep, GROUP_SNAPSHOT, "gc leaves the newest N (10)"),
    TEXT("key", "FILE", key, GROUP_APPROVE | GROUP_REGISTRY, "ROLLCALL_KEY", "your secret key"),
    TEXT("role", "NAME", role, GROUP_APPROVE, NULL, "the role in which you sign"),
    TEXT("expires", "TIME", expires, GROUP_APPROVE, NULL, "how long the signature counts (7d)"),
    FLAG("postmortem", postmortem, GROUP_REPORT, "a post-mortem to fill in, as Markdown"),
    TEXT("expect", "N:HASH", expect, GROUP_REGISTRY, NULL,
         "verify: a checkpoint noted elsewhere, or a signed one's file"),
    FLAG("verify", verify, GROUP_APPROVE, "only look whether the plan has the signatures it needs"),
    FLAG("no-passphrase", no_passphrase, GROUP_KEYGEN, "leave the secret key unencrypted (mode 0600)"),
    TEXT("vfk", "KEY", vfk, GROUP_FK, NULL, "one more key to check: 'child=T(A) parent=U(B)'"),
    FLAG("show-values", show_values, GROUP_FK | GROUP_COMPARE | GROUP_RECONCILE | GROUP_REPORT,
         "show values of rows, not only how many there are"),
    NUMBER("limit", "N", limit, GROUP_FK | GROUP_RECONCILE, "show so many of each kind (10)"),
    TEXT("for", "TIME", for_time, GROUP_FREEZE, NULL, "warn once it has lasted so long, such as 10m"),
    FLAG("auto-thaw", auto_thaw, GROUP_FREEZE, "writers pass once the time of --for is over"),
    FLAG("hold", hold, GROUP_FREEZE, "stay, and hold the guard against schema changes until stopped"),
    TEXT("apart", "TIME", apart, GROUP_FREEZE, NULL, "between the two looks of the proof (500ms)"),
    FLAG("status", freeze_status, GROUP_FREEZE, "what is frozen, and whether it holds"),
    FLAG("prove", prove, GROUP_FREEZE, "look twice again, and compare with what was frozen"),
    NUMBER("limit", "N", limit, GROUP_COMPARE, "tell so many differing keys a table (1000)"),
    TEXT("key", "A,B", key_columns, GROUP_COMPARE, NULL, "the columns that tell rows apart"),
    TEXT("columns", "A,B", columns, GROUP_COMPARE, NULL, "compare only these, and the key"),
    TEXT("tolerance", "RULES", tolerance, GROUP_COMPARE, NULL,
         "what counts as the same: 0.01, 1%, 2s, case, trim, empty, or COLUMN=0.01"),
    NUMBER("recheck", "N", recheck, GROUP_COMPARE, "look again at what differs, N times"),
    TEXT("grace", "TIME", grace, GROUP_COMPARE, NULL, "wait so long before each look (1s)"),
    TEXT("left-query", "SQL", left_query, GROUP_COMPARE, NULL, "rows of this query on the left"),
    TEXT("right-query", "SQL", right_query, GROUP_COMPARE, NULL, "rows of this query on the right"),
    TEXT("checks", "DIR", checks, GROUP_RECONCILE, NULL,
         "folder with the checks (checks, beside rollcall.ini)"),
    TEXT("op", "OP", op, GROUP_RECONCILE, NULL, "put the result on record with this operation, or 'last'"),
    TEXT("repair", "FILE", repair, GROUP_RECONCILE, NULL, "write SQL that would repair it; nothing is run"),
    NUMBER("recheck", "N", recheck, GROUP_RECONCILE, "look again up to N times at what does not fit"),
    TEXT("grace", "TIME", grace, GROUP_RECONCILE, NULL, "wait so long before looking again (5s)"),
    TEXT("out", "FILE", out, GROUP_DIGEST, NULL, "the file to write"),
    TEXT("salt", "FILE", salt, GROUP_DIGEST | GROUP_COMPARE, NULL,
         "hash with this secret, which both sides have, so that nobody else can guess at values"),
    TEXT("like", "FILE", like, GROUP_DIGEST, NULL, "the same columns and kinds as this digest"),
    TEXT("key", "FILE", key, GROUP_DIGEST, "ROLLCALL_KEY", "sign the digest with this secret key"),
    TEXT("signed-by", "KEY", signer, GROUP_COMPARE, NULL, "digests must be signed by this public key"),
    TEXT("config", "FILE", config, GROUP_ALL, "ROLLCALL_CONFIG", "instead of the nearest rollcall.ini"),
    FLAG("json", json, GROUP_ALL, "one JSON document on stdout"),
    TEXT("progress", "json", progress, GROUP_ALL, NULL, "JSON lines about progress on stderr"),
    FLAG("quiet", quiet, GROUP_ALL, "only errors on stderr"),
    FLAG("verbose", verbose, GROUP_ALL, "more detail on stderr"),
    FLAG("no-color", no_color, GROUP_ALL, "no colours (NO_COLOR works, too)"),
    FLAG("version", version, GROUP_ALL, "what 'rollcall version' prints"),
    FLAG("help", help, GROUP_ALL, "this text"),
};

const size_t option_count = COUNT_OF(option_table);

const struct option *
option_find(const char *name)
{
    for (size_t i = 0; i < option_count; i++) {
        if (str_eq(option_table[i].name, name)) {
            return &option_table[i];
        }
    }
    return NULL;
}

/* Two commands may call different things by one name: then it has a row for each. Among them the one of these
 * groups, else the first. */
static const struct option *
find_for(const char *name, unsigned groups)
{
    for (size_t i = 0; i < option_count; i++) {
        if (str_eq(option_table[i].name, name) && (option_table[i].groups & groups) != 0) {
            return &option_table[i];
        }
    }
    return option_find(name);
}

static enum status
unknown_option(const char *given, struct err *err)
{
    const char *names[COUNT_OF(option_table)];
    for (size_t i = 0; i < option_count; i++) {
        names[i] = option_table[i].name;
    }
    const char *near = nearest_name(given, names, option_count);
    (void)err_raise(err, STATUS_USAGE, "there is no option '--%s'", given);
    return near == NULL ? err_hint(err, "'rollcall help' lists what there is")
                        : err_hint(err, "did you mean '--%s'?", near);
}

static enum status
store_value(const struct option *option, const char *value, struct options *out, struct err *err)
{
    char *field = (char *)out + option->offset;
    switch (option->type) {
    case OPTION_FLAG:
        *(bool *)(void *)field = true;
        return STATUS_OK;
    case OPTION_TEXT:
        *(const char **)(void *)field = value;
        return STATUS_OK;
    case OPTION_NUMBER:
        if (!parse_u64(span_of(value), (uint64_t *)(void *)field) || *(uint64_t *)(void *)field == 0) {
            return err_raise(err, STATUS_USAGE, "'--%s' wants a number from 1, not '%s'", option->name,
                             value);
        }
        return STATUS_OK;
    }
    return STATUS_OK;
}

/* argv[*at] begins with "--"; a value that stands in the next word moves *at on. */
static enum status
parse_option(int argc, char **argv, int *at, unsigned groups, unsigned likely, struct options *out,
             struct err *err)
{
    char name[64];
    const char *word = argv[*at] + 2;
    const char *equals = strchr(word, '=');
    size_t len = equals == NULL ? strlen(word) : (size_t)(equals - word);
    if (len >= sizeof(name)) {
        return unknown_option(word, err);
    }
    memcpy(name, word, len);
    name[len] = '\0';
    const struct option *option = find_for(name, groups == 0 ? likely : groups);
    if (option == NULL) {
        return unknown_option(name, err);
    }
    if (groups != 0 && (option->groups & (groups | GROUP_ALL)) == 0) {
        (void)err_raise(err, STATUS_USAGE, "this command has no option '--%s'", name);
        return err_hint(err, "add --help to see what it takes");
    }
    if (option->type == OPTION_FLAG) {
        return equals != NULL ? err_raise(err, STATUS_USAGE, "'--%s' takes no value", name)
                              : store_value(option, NULL, out, err);
    }
    const char *value = equals != NULL ? equals + 1 : *at + 1 < argc ? argv[++*at] : NULL;
    if (value == NULL) {
        return err_raise(err, STATUS_USAGE, "'--%s' needs a value: --%s %s", name, name, option->value);
    }
    return store_value(option, value, out, err);
}

static void
fill_from_environment(struct options *out)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &option_table[i];
        const char *value = option->env == NULL ? NULL : getenv(option->env);
        if (value != NULL && value[0] != '\0') {
            *(const char **)(void *)((char *)out + option->offset) = value;
        }
    }
}

enum status
options_parse(int argc, char **argv, unsigned groups, unsigned likely, struct options *out,
              const char **words, size_t *n_words, struct err *err)
{
    bool only_words = false;
    memset(out, 0, sizeof(*out));
    *n_words = 0;
    fill_from_environment(out);
    for (int i = 1; i < argc; i++) {
        if (!only_words && str_eq(argv[i], "--")) {
            only_words = true;
        } else if (!only_words && str_eq(argv[i], "-h")) {
            out->help = true;
        } else if (!only_words && str_starts(argv[i], "--")) {
            TRY(parse_option(argc, argv, &i, groups, likely, out, err));
        } else if (!only_words && argv[i][0] == '-' && argv[i][1] != '\0') {
            (void)err_raise(err, STATUS_USAGE, "there is no option '%s'", argv[i]);
            return err_hint(err, "options are written out, with two dashes");
        } else {
            words[(*n_words)++] = argv[i];
        }
    }
    return STATUS_OK;
}

#include "cli/config.h"

#include "base/io.h"
#include "base/vec.h"

#include <ini.h>
#include <string.h>
#include <unistd.h>

static const struct policy default_policy = {
    .lock_timeout_ms = 3000,
    .lock_attempts = 5,
    .rto_ms = 300000,
    .max_loss_rows = 0,
    .on_conflict = CONFLICT_KEEP,
    .approvals = 0,
    .approval_roles = "",
    .approval_age_ms = 0,
};

const struct config_key config_keys[] = {
    {"project", "name", "name of the project, for reports"},
    {"project", "checks", "folder with what 'reconcile' checks (checks)"},
    {"service", "db", "URL of the database, or env:NAME"},
    {"service", "dir", "folder with its migrations"},
    {"service", "layout", "format of the folder, when its shape does not tell"},
    {"policy", "lock_timeout", "longest wait for a lock (3s)"},
    {"policy", "lock_attempts", "tries of a migration that met a lock (5)"},
    {"policy", "rto", "time a rollback may take (5m)"},
    {"policy", "max_loss_rows", "rows a rollback may lose (0)"},
    {"policy", "on_conflict", "keep, restore or fail (keep)"},
    {"policy", "approvals", "signatures a rollback plan needs (0)"},
    {"policy", "approval_roles", "roles in which at least one signature each is needed"},
    {"policy", "approval_age", "older signatures do not count (any age)"},
    {"signer", "key", "public key of somebody whose signatures count"},
    {"signer", "roles", "roles that person may sign in, with commas"},
    {"retain", "reason", "why its rows are never deleted or rewritten by a rollback"},
    {"vfk", "child", "table(column, ...) that refers"},
    {"vfk", "parent", "table(column, ...) that is referred to"},
    {"vfk", "match", "simple or full: what a key means that is NULL in part (simple)"},
    {NULL, NULL, NULL},
};

struct reading {
    struct project *project;
    struct arena *arena;
    struct err *err;
    bool failed;
};

/* `service "orders"` is section "service" with the label "orders". */
static bool
cut_section(struct arena *arena, const char *text, struct span *section, const char **label)
{
    struct span rest = span_trim(span_of(text));
    const char *quote = memchr(rest.ptr, '"', rest.len);
    *label = "";
    if (quote == NULL) {
        *section = rest;
        return true;
    }
    *section = span_trim((struct span){rest.ptr, (size_t)(quote - rest.ptr)});
    struct span quoted = {quote + 1, rest.len - (size_t)(quote + 1 - rest.ptr)};
    if (quoted.len < 2 || quoted.ptr[quoted.len - 1] != '"') {
        return false;
    }
    *label = arena_strndup(arena, quoted.ptr, quoted.len - 1);
    return true;
}

static enum status
unknown_name(struct reading *reading, const char *what, const char *name, const char *const *known, size_t n)
{
    const char *near = nearest_name(name, known, n);
    (void)err_raise(reading->err, STATUS_USAGE, "there is no %s '%s'", what, name);
    return near == NULL ? STATUS_USAGE : err_hint(reading->err, "did you mean '%s'?", near);
}

static enum status
check_names(struct reading *reading, struct span section, const char *key)
{
    const char *sections[COUNT_OF(config_keys)];
    const char *keys[COUNT_OF(config_keys)];
    size_t n_sections = 0;
    size_t n_keys = 0;
    for (const struct config_key *row = config_keys; row->section != NULL; row++) {
        if (n_sections == 0 || !str_eq(sections[n_sections - 1], row->section)) {
            sections[n_sections++] = row->section;
        }
        if (span_is(section, row->section)) {
            keys[n_keys++] = row->key;
            if (str_eq(key, row->key)) {
                return STATUS_OK;
            }
        }
    }
    if (n_keys == 0) {
        return unknown_name(reading, "section", arena_strndup(reading->arena, section.ptr, section.len),
                            sections, n_sections);
    }
    return unknown_name(reading, "key", key, keys, n_keys);
}

static struct service *
find_service(struct reading *reading, const char *name)
{
    struct project *project = reading->project;
    for (size_t i = 0; i < project->n_services; i++) {
        if (str_eq(project->services[i].name, name)) {
            return &project->services[i];
        }
    }
    project->services = vec_grow(reading->arena, project->services, project->n_services,
                                 &project->cap_services, sizeof(*project->services));
    struct service *service = &project->services[project->n_services++];
    memset(service, 0, sizeof(*service));
    service->name = name;
    return service;
}

/* Paths in the file are relative to the file, wherever the command is run; in its own folder they stay short.
 */
static const char *
under_root(struct arena *arena, const struct project *project, const char *path)
{
    return path[0] == '/' || str_eq(project->root, ".") ? arena_strdup(arena, path)
                                                        : arena_printf(arena, "%s/%s", project->root, path);
}

static const char *
folders_under_root(struct reading *reading, const char *list)
{
    BUF_SCOPED out = BUF_INIT(BUF_TEXT_MAX);
    struct span rest = span_of(list);
    while (rest.len > 0) {
        const char *comma = memchr(rest.ptr, ',', rest.len);
        size_t len = comma == NULL ? rest.len : (size_t)(comma - rest.ptr);
        struct span one = span_trim((struct span){rest.ptr, len});
        buf_printf(
            &out, "%s%s", out.len == 0 ? "" : ",",
            under_root(reading->arena, reading->project, arena_strndup(reading->arena, one.ptr, one.len)));
        rest.ptr += len + (comma != NULL);
        rest.len -= len + (comma != NULL);
    }
    return arena_strdup(reading->arena, buf_cstr(&out));
}

static enum status
set_service(struct reading *reading, const char *label, const char *key, const char *value)
{
    if (label[0] == '\0') {
        return err_raise(reading->err, STATUS_USAGE, "a service needs a name: [service \"orders\"]");
    }
    struct service *service = find_service(reading, label);
    if (str_eq(key, "db")) {
        bool is_relative =
            str_starts(value, "sqlite:") && value[7] != '/' && !str_starts(value, "sqlite::memory:");
        service->url = is_relative ? arena_printf(reading->arena, "sqlite:%s",
                                                  under_root(reading->arena, reading->project, value + 7))
                                   : arena_strdup(reading->arena, value);
    } else if (str_eq(key, "dir")) {
        service->dir = folders_under_root(reading, value);
    } else {
        service->layout = arena_strdup(reading->arena, value);
    }
    return STATUS_OK;
}

static enum status
set_number(struct reading *reading, const char *key, const char *value, uint64_t max, uint64_t *out)
{
    if (!parse_u64(span_of(value), out) || *out > max) {
        return err_raise(reading->err, STATUS_USAGE, "'%s' wants a number, not '%s'", key, value);
    }
    return STATUS_OK;
}

static enum status
set_duration(struct reading *reading, const char *key, const char *value, uint32_t *out)
{
    uint64_t ms;
    if (!parse_duration(span_of(value), &ms) || ms > UINT32_MAX) {
        return err_raise(reading->err, STATUS_USAGE, "'%s' wants a time such as 3s or 5m, not '%s'", key,
                         value);
    }
    *out = (uint32_t)ms;
    return STATUS_OK;
}

static enum status
set_age(struct reading *reading, const char *value, uint64_t *out)
{
    if (!parse_duration(span_of(value), out) || *out > (uint64_t)INT64_MAX / 1000) {
        return err_raise(reading->err, STATUS_USAGE, "'approval_age' wants a time such as 8h or 2d, not '%s'",
                         value);
    }
    return STATUS_OK;
}

static enum status
set_policy(struct reading *reading, const char *key, const char *value)
{
    static const char *const conflicts[] = {
        [CONFLICT_KEEP] = "keep", [CONFLICT_RESTORE] = "restore", [CONFLICT_FAIL] = "fail"};
    struct policy *policy = &reading->project->policy;
    uint64_t number = 0;
    if (str_eq(key, "approval_roles")) {
        policy->approval_roles = arena_strdup(reading->arena, value);
        return STATUS_OK;
    }
    if (str_eq(key, "approval_age")) {
        return set_age(reading, value, &policy->approval_age_ms);
    }
    if (str_eq(key, "lock_timeout")) {
        return set_duration(reading, key, value, &policy->lock_timeout_ms);
    }
    if (str_eq(key, "rto")) {
        return set_duration(reading, key, value, &policy->rto_ms);
    }
    if (str_eq(key, "on_conflict")) {
        for (size_t i = 0; i < COUNT_OF(conflicts); i++) {
            if (str_eq(value, conflicts[i])) {
                policy->on_conflict = (enum conflict_policy)i;
                return STATUS_OK;
            }
        }
        return err_raise(reading->err, STATUS_USAGE, "'on_conflict' is keep, restore or fail, not '%s'",
                         value);
    }
    TRY(set_number(reading, key, value, str_eq(key, "max_loss_rows") ? INT64_MAX : 1000, &number));
    if (str_eq(key, "max_loss_rows")) {
        policy->max_loss_rows = (int64_t)number;
    } else if (str_eq(key, "lock_attempts")) {
        policy->lock_attempts = (uint32_t)number;
    } else {
        policy->approvals = (uint32_t)number;
    }
    return STATUS_OK;
}

static struct signer *
find_signer(struct reading *reading, const char *name)
{
    struct signer_list *signers = &reading->project->signers;
    for (size_t i = 0; i < signers->n; i++) {
        if (str_eq(signers->items[i].name, name)) {
            return &signers->items[i];
        }
    }
    vec_push(reading->arena, signers, (struct signer){.name = name, .roles = ""});
    return &signers->items[signers->n - 1];
}

static enum status
set_signer(struct reading *reading, const char *label, const char *key, const char *value)
{
    if (!approval_word_is_plain(label)) {
        return err_raise(reading->err, STATUS_USAGE, "a signer needs a plain name: [signer \"ann\"]");
    }
    struct signer *signer = find_signer(reading, label);
    if (str_eq(key, "roles")) {
        signer->roles = arena_strdup(reading->arena, value);
        return STATUS_OK;
    }
    if (!sign_public_parse(span_of(value), &signer->key)) {
        (void)err_raise(reading->err, STATUS_USAGE, "the key of signer '%s' is no public key", label);
        return err_hint(reading->err,
                        "it is the second line of the file that 'rollcall keygen' writes: RWQ...");
    }
    return STATUS_OK;
}

static struct virtual_key *
find_virtual_key(struct reading *reading, const char *name)
{
    struct project *project = reading->project;
    for (size_t i = 0; i < project->n_virtual_keys; i++) {
        if (str_eq(project->virtual_keys[i].name, name)) {
            return &project->virtual_keys[i];
        }
    }
    project->virtual_keys = vec_grow(reading->arena, project->virtual_keys, project->n_virtual_keys,
                                     &project->cap_virtual_keys, sizeof(*project->virtual_keys));
    project->virtual_keys[project->n_virtual_keys] = (struct virtual_key){name, "", "", false};
    return &project->virtual_keys[project->n_virtual_keys++];
}

static enum status
set_virtual_key(struct reading *reading, struct virtual_key *virtual_key, const char *key, const char *value)
{
    if (str_eq(key, "match")) {
        virtual_key->is_match_full = str_eq(value, "full");
        return virtual_key->is_match_full || str_eq(value, "simple")
                   ? STATUS_OK
                   : err_raise(reading->err, STATUS_USAGE, "'match' is simple or full, not '%s'", value);
    }
    *(str_eq(key, "child") ? &virtual_key->child : &virtual_key->parent) =
        arena_strdup(reading->arena, value);
    return STATUS_OK;
}

static enum status
set_key(struct reading *reading, struct span section, const char *label, const char *key, const char *value)
{
    struct project *project = reading->project;
    TRY(check_names(reading, section, key));
    if (span_is(section, "project")) {
        if (str_eq(key, "checks")) {
            project->checks = under_root(reading->arena, project, value);
        } else {
            project->name = arena_strdup(reading->arena, value);
        }
        return STATUS_OK;
    }
    if (span_is(section, "service")) {
        return set_service(reading, label, key, value);
    }
    if (span_is(section, "policy")) {
        return set_policy(reading, key, value);
    }
    if (span_is(section, "signer")) {
        return set_signer(reading, label, key, value);
    }
    if (span_is(section, "retain")) {
        project->retentions = vec_grow(reading->arena, project->retentions, project->n_retentions,
                                       &project->cap_retentions, sizeof(*project->retentions));
        project->retentions[project->n_retentions++] =
            (struct retention){label, arena_strdup(reading->arena, value)};
        return STATUS_OK;
    }
    return set_virtual_key(reading, find_virtual_key(reading, label), key, value);
}

static int
take_line(void *user, const char *section_text, const char *key, const char *value)
{
    struct reading *reading = user;
    struct span section;
    const char *label;
    if (reading->failed) {
        return 0;
    }
    enum status status = STATUS_USAGE;
    if (!cut_section(reading->arena, section_text, &section, &label)) {
        status = err_raise(reading->err, STATUS_USAGE, "the section [%s] has an open quote", section_text);
    } else {
        status = set_key(reading, section, label, key, value == NULL ? "" : value);
    }
    reading->failed = status != STATUS_OK;
    return reading->failed ? 0 : 1;
}

static enum status
read_file(struct reading *reading, const char *file)
{
    BUF_SCOPED text = BUF_INIT((size_t)1 << 20);
    TRY(io_read_file(file, &text, reading->err));
    if (utf8_valid_len(buf_view(&text)) != text.len || memchr(buf_cstr(&text), '\0', text.len) != NULL) {
        return err_raise(reading->err, STATUS_USAGE, "%s: is not UTF-8 text", file);
    }
    int line = ini_parse_string(buf_cstr(&text), take_line, reading);
    if (line == 0) {
        return STATUS_OK;
    }
    if (!reading->failed) {
        (void)err_raise(reading->err, STATUS_USAGE, "is neither a [section] nor key = value");
    }
    return err_wrap(reading->err, "%s:%d", file, line);
}

/* The nearest rollcall.ini, from the current folder upwards; NULL: none. */
static const char *
find_file(struct arena *arena)
{
    char folder[4096];
    if (getcwd(folder, sizeof(folder)) == NULL) {
        return NULL;
    }
    if (io_exists("rollcall.ini")) {
        return "rollcall.ini";
    }
    for (;;) {
        const char *file = arena_printf(arena, "%s/rollcall.ini", str_eq(folder, "/") ? "" : folder);
        char *slash = strrchr(folder, '/');
        if (io_exists(file)) {
            return file;
        }
        if (slash == NULL || folder[1] == '\0') {
            return NULL;
        }
        slash[slash == folder ? 1 : 0] = '\0';
    }
}

/* Of a file's real path: "." for the current folder. */
static const char *
folder_of(struct arena *arena, const char *file)
{
    char current[4096];
    char *folder = arena_strdup(arena, file);
    *strrchr(folder, '/') = '\0';
    if (getcwd(current, sizeof(current)) != NULL && str_eq(current, folder)) {
        return ".";
    }
    return folder[0] == '\0' ? "/" : folder;
}

enum status
project_load(const struct options *options, struct arena *arena, struct project *out, struct err *err)
{
    struct reading reading = {.project = out, .arena = arena, .err = err};
    char *resolved;
    *out = (struct project){.name = "", .root = ".", .policy = default_policy};
    out->file = options->config != NULL ? options->config : options->db != NULL ? NULL : find_file(arena);
    if (out->file != NULL && !io_exists(out->file)) {
        (void)err_raise(err, STATUS_USAGE, "there is no configuration file '%s'", out->file);
        return err_hint(err, "'rollcall init' writes one");
    }
    if (out->file != NULL) {
        TRY(io_real_path(arena, out->file, &resolved, err));
        out->root = folder_of(arena, resolved);
        TRY(read_file(&reading, out->file));
    }
    if (options->lock_timeout != NULL) {
        TRY(set_duration(&reading, "--lock-timeout", options->lock_timeout, &out->policy.lock_timeout_ms));
    }
    return STATUS_OK;
}

static enum status
select_by_name(const struct project *project, const char *name, struct service *out, struct err *err)
{
    const char **names = NULL;
    ARENA_SCOPED scratch = {0};
    names = arena_new_array(&scratch, const char *, project->n_services + 1);
    for (size_t i = 0; i < project->n_services; i++) {
        names[i] = project->services[i].name;
        if (str_eq(names[i], name)) {
            *out = project->services[i];
            return STATUS_OK;
        }
    }
    const char *near = nearest_name(name, names, project->n_services);
    (void)err_raise(err, STATUS_USAGE, "there is no service '%s'", name);
    return near == NULL ? STATUS_USAGE : err_hint(err, "did you mean '%s'?", near);
}

static enum status
select_services(const struct project *project, const struct options *options, struct arena *arena,
                struct service **out, size_t *n, struct err *err)
{
    *out = arena_new_array(arena, struct service, project->n_services + 1);
    *n = 1;
    if (options->service != NULL) {
        return select_by_name(project, options->service, *out, err);
    }
    if (options->db != NULL) {
        (*out)[0].name = "";
        return STATUS_OK;
    }
    *n = project->n_services;
    for (size_t i = 0; i < *n; i++) {
        (*out)[i] = project->services[i];
    }
    if (*n == 0) {
        (void)err_raise(err, STATUS_USAGE, "no database was named");
        return err_hint(err, "give --db URL --dir DIR, or run 'rollcall init' to write a rollcall.ini");
    }
    return STATUS_OK;
}

enum status
project_select(const struct project *project, const struct options *options, bool only_one,
               struct arena *arena, struct service **out, size_t *n, struct err *err)
{
    TRY(select_services(project, options, arena, out, n, err));
    if (only_one && *n > 1) {
        (void)err_raise(err, STATUS_USAGE, "there are %zu services, and this command works on one", *n);
        return err_hint(err, "name it: --service %s", (*out)[0].name);
    }
    for (size_t i = 0; i < *n; i++) {
        struct service *service = &(*out)[i];
        service->url = options->db != NULL ? options->db : service->url;
        service->dir = options->dir != NULL ? options->dir : service->dir;
        service->layout = options->layout != NULL ? options->layout : service->layout;
        service->store = options->store != NULL ? options->store : under_root(arena, project, ".rollcall");
        service->policy = project->policy;
        service->retentions = project->retentions;
        service->n_retentions = project->n_retentions;
        if (service->url == NULL) {
            (void)err_raise(err, STATUS_USAGE, "service '%s' has no database", service->name);
            return err_hint(err, "add 'db = URL' to its section in %s", project->file);
        }
    }
    return STATUS_OK;
}

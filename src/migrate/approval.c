#include "migrate/approval.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/vec.h"

#include <string.h>

#define SIGNATURE_FILE_MAX ((size_t)64 << 10)

const struct signer *
signer_of_key(const struct signer_list *signers, const struct sign_public *key)
{
    for (size_t i = 0; i < signers->n; i++) {
        if (sign_public_eq(&signers->items[i].key, key)) {
            return &signers->items[i];
        }
    }
    return NULL;
}

static bool
cut_word(struct span *list, struct span *word)
{
    if (list->len == 0) {
        return false;
    }
    const char *comma = memchr(list->ptr, ',', list->len);
    size_t len = comma == NULL ? list->len : (size_t)(comma - list->ptr);
    *word = span_trim((struct span){list->ptr, len});
    len += comma != NULL;
    *list = (struct span){list->ptr + len, list->len - len};
    return true;
}

static bool
list_has(const char *list, const char *wanted)
{
    struct span rest = span_of(list);
    struct span word;
    while (cut_word(&rest, &word)) {
        if (span_is(word, wanted)) {
            return true;
        }
    }
    return false;
}

bool
signer_has_role(const struct signer *signer, const char *role)
{
    return list_has(signer->roles, role);
}

bool
approval_word_is_plain(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.@";
    return word[0] != '\0' && word[0] != '.' && strspn(word, plain) == strlen(word);
}

char *
approval_comment(const struct approval_subject *subject, const char *role, int64_t signed_us,
                 int64_t expires_us, struct arena *arena)
{
    char at[RFC3339_LEN + 1];
    char until[RFC3339_LEN + 1] = "";
    clock_rfc3339(signed_us, at);
    if (expires_us != 0) {
        clock_rfc3339(expires_us, until);
    }
    return arena_printf(arena, "rollcall action=%s plan=%s%s%s signed=%s%s%s", subject->action,
                        subject->digest, role[0] == '\0' ? "" : " role=", role, at,
                        expires_us == 0 ? "" : " expires=", until);
}

char *
approval_path(const char *file, const char *signer, struct arena *arena)
{
    return arena_printf(arena, "%s.%s.minisig", file, signer);
}

/* -- judging one
 * --------------------------------------------------------------------------------------------------- */

/* The value of "key=value" among the comment's words; "" when it is not there. */
static const char *
comment_value(const char *comment, const char *key, struct arena *arena)
{
    struct span rest = span_of(comment);
    struct span word;
    while (span_next_word(&rest, &word)) {
        size_t len = strlen(key);
        if (span_starts(word, key) && word.len > len && word.ptr[len] == '=') {
            return arena_strndup(arena, word.ptr + len + 1, word.len - len - 1);
        }
    }
    return "";
}

static int64_t
comment_time(const char *comment, const char *key, struct arena *arena)
{
    int64_t us = 0;
    return clock_parse(span_of(comment_value(comment, key, arena)), &us) ? us : 0;
}

static const char *
judge_comment(const struct approval_subject *subject, const struct policy *policy, const char *comment,
              struct approval *out, struct arena *arena)
{
    int64_t now = clock_now_us();
    const char *action = comment_value(comment, "action", arena);
    if (!str_starts(comment, "rollcall ") || action[0] == '\0') {
        return "it says nothing of an action: its trusted comment is not that of an approval";
    }
    if (!str_eq(action, subject->action)) {
        return arena_printf(arena, "it is for the action '%s', not '%s'", action, subject->action);
    }
    if (!str_eq(comment_value(comment, "plan", arena), subject->digest)) {
        return "it is for another plan";
    }
    if (comment_value(comment, "expires", arena)[0] != '\0' && out->expires_us == 0) {
        return "its time of expiry cannot be read";
    }
    if (out->expires_us != 0 && out->expires_us <= now) {
        return "it has expired";
    }
    if (policy->approval_age_ms != 0 &&
        (out->signed_us == 0 || now - out->signed_us > (int64_t)policy->approval_age_ms * 1000)) {
        return "it is older than the policy allows";
    }
    return NULL;
}

static const char *
judge(const struct approval_subject *subject, const struct signer_list *signers, const struct policy *policy,
      struct span text, struct approval *out, struct arena *arena)
{
    struct sign_signature signature;
    const struct signer *signer = NULL;
    if (!sign_signature_parse(text, arena, &signature)) {
        return "it is not a signature file";
    }
    sign_id_hex(signature.id, out->key);
    for (size_t i = 0; i < signers->n && signer == NULL; i++) {
        bool has_key = memcmp(signers->items[i].key.id, signature.id, SIGN_ID_LEN) == 0;
        signer = has_key ? &signers->items[i] : NULL;
    }
    if (signer == NULL) {
        return "no [signer] has that key";
    }
    out->signer = signer->name;
    if (!sign_verify(&signature, &signer->key, subject->document)) {
        return "the signature does not fit: the plan or the signature was changed";
    }
    out->role = comment_value(signature.trusted_comment, "role", arena);
    out->signed_us = comment_time(signature.trusted_comment, "signed", arena);
    out->expires_us = comment_time(signature.trusted_comment, "expires", arena);
    if (out->role[0] != '\0' && !signer_has_role(signer, out->role)) {
        return arena_printf(arena, "%s does not have the role '%s'", signer->name, out->role);
    }
    if (str_eq(signer->name, subject->author)) {
        return "its signer is the plan's author";
    }
    return judge_comment(subject, policy, signature.trusted_comment, out, arena);
}

/* -- all of them
 * --------------------------------------------------------------------------------------------------- */

static bool
has_valid_of(const struct approval_list *approvals, const char *signer)
{
    for (size_t i = 0; i < approvals->n; i++) {
        if (approvals->items[i].refused == NULL && str_eq(approvals->items[i].signer, signer)) {
            return true;
        }
    }
    return false;
}

static enum status
read_one(const struct approval_subject *subject, const struct signer_list *signers,
         const struct policy *policy, const char *file, struct arena *arena, struct approval_list *out,
         struct err *err)
{
    BUF_SCOPED text = BUF_INIT(SIGNATURE_FILE_MAX);
    struct approval approval = {.file = file, .role = ""};
    TRY(io_read_file(file, &text, err));
    approval.refused = judge(subject, signers, policy, buf_view(&text), &approval, arena);
    if (approval.refused == NULL && has_valid_of(out, approval.signer)) {
        approval.refused = "its signer has signed already";
    }
    out->n_valid += approval.refused == NULL;
    vec_push(arena, out, approval);
    return STATUS_OK;
}

enum status
approvals_read(const struct approval_subject *subject, const struct signer_list *signers,
               const struct policy *policy, struct arena *arena, struct approval_list *out, struct err *err)
{
    const char *slash = strrchr(subject->file, '/');
    const char *folder =
        slash == NULL ? "." : arena_strndup(arena, subject->file, (size_t)(slash - subject->file) + 1);
    const char *prefix = arena_printf(arena, "%s.", slash == NULL ? subject->file : slash + 1);
    struct io_listing listing;
    *out = (struct approval_list){0};
    TRY(io_list_dir(arena, folder, &listing, err));
    for (size_t i = 0; i < listing.n; i++) {
        const char *name = listing.entries[i].name;
        if (listing.entries[i].is_dir || !str_starts(name, prefix) || !str_ends(name, ".minisig")) {
            continue;
        }
        const char *path = slash == NULL ? name : arena_printf(arena, "%s%s", folder, name);
        TRY(read_one(subject, signers, policy, path, arena, out, err));
    }
    return STATUS_OK;
}

static bool
has_role(const struct approval_list *approvals, struct span role)
{
    for (size_t i = 0; i < approvals->n; i++) {
        if (approvals->items[i].refused == NULL && span_is(role, approvals->items[i].role)) {
            return true;
        }
    }
    return false;
}

const char *
approvals_missing(const struct policy *policy, const struct approval_list *approvals, size_t at_least,
                  struct arena *arena)
{
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    size_t needed = policy->approvals > at_least ? policy->approvals : at_least;
    struct span rest = span_of(policy->approval_roles);
    struct span role;
    if (approvals->n_valid < needed) {
        buf_printf(&text, "%zu of %zu signatures", needed - approvals->n_valid, needed);
    }
    while (cut_word(&rest, &role)) {
        if (role.len > 0 && !has_role(approvals, role)) {
            buf_printf(&text, "%sone as '%.*s'", text.len == 0 ? "" : ", ", (int)role.len, role.ptr);
        }
    }
    for (size_t i = 0; text.len > 0 && i < approvals->n; i++) {
        const struct approval *approval = &approvals->items[i];
        if (approval->refused != NULL) {
            const char *slash = strrchr(approval->file, '/');
            buf_printf(&text, "; %s does not count: %s", slash == NULL ? approval->file : slash + 1,
                       approval->refused);
        }
    }
    return text.len == 0 ? NULL : arena_strdup(arena, buf_cstr(&text));
}

/* JSON as values: members sorted by the bytes of their names, the last of equal names counts, numbers exact,
 * strings unescaped (RFC 8259). */
#include "recon/canon_core.h"

#include <stdlib.h>

enum { DEPTH_MAX = 512, TAG_OBJECT = 34 };

struct json {
    struct canon_coder *coder;
    const char *at;
    const char *end;
    unsigned depth;
};

static bool put_value(struct json *json, struct buf *out);

static void
skip_blanks(struct json *json)
{
    while (json->at < json->end &&
           (*json->at == ' ' || *json->at == '\t' || *json->at == '\n' || *json->at == '\r')) {
        json->at++;
    }
}

static bool
take(struct json *json, char c)
{
    skip_blanks(json);
    if (json->at >= json->end || *json->at != c) {
        return false;
    }
    json->at++;
    return true;
}

static bool
take_word(struct json *json, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(json->end - json->at) < len || memcmp(json->at, word, len) != 0) {
        return false;
    }
    json->at += len;
    return true;
}

/* -- strings -----------------------------------------------------------------------------------------------
 */

static bool
take_hex(struct json *json, uint32_t *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++, json->at++) {
        char c = json->at < json->end ? *json->at : ' ';
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 16;
        if (digit == 16) {
            return false;
        }
        *out = *out << 4 | digit;
    }
    return true;
}

static void
put_utf8(struct buf *out, uint32_t code)
{
    if (code < 0x80) {
        buf_char(out, (char)code);
        return;
    }
    if (code >= 0x10000) {
        buf_char(out, (char)(0xF0 | code >> 18));
        buf_char(out, (char)(0x80 | (code >> 12 & 0x3F)));
    } else if (code >= 0x800) {
        buf_char(out, (char)(0xE0 | code >> 12));
    }
    if (code >= 0x800) {
        buf_char(out, (char)(0x80 | (code >> 6 & 0x3F)));
    } else {
        buf_char(out, (char)(0xC0 | code >> 6));
    }
    buf_char(out, (char)(0x80 | (code & 0x3F)));
}

/* A pair of surrogates is one character; a lonely one stays as the three bytes it would be. */
static bool
put_unicode(struct json *json, struct buf *out)
{
    uint32_t code;
    uint32_t low;
    if (!take_hex(json, &code)) {
        return false;
    }
    if (code >= 0xD800 && code < 0xDC00 && json->end - json->at >= 6 && memcmp(json->at, "\\u", 2) == 0) {
        const char *before = json->at;
        json->at += 2;
        if (!take_hex(json, &low)) {
            return false;
        }
        if (low >= 0xDC00 && low < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        } else {
            json->at = before;
        }
    }
    put_utf8(out, code);
    return true;
}

static bool
put_escape(struct json *json, struct buf *out)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    char c = json->at < json->end ? *json->at++ : '\0';
    const char *found = c == '\0' ? NULL : strchr(from, c);
    if (c == 'u') {
        return put_unicode(json, out);
    }
    if (found != NULL) {
        buf_char(out, to[found - from]);
    }
    return found != NULL;
}

static bool
put_string(struct json *json, struct buf *out)
{
    struct buf *text = &json->coder->inner;
    buf_reset(text);
    if (!take(json, '"')) {
        return false;
    }
    while (json->at < json->end && *json->at != '"') {
        const char *from = json->at;
        while (json->at < json->end && *json->at != '"' && *json->at != '\\') {
            json->at++;
        }
        buf_add(text, from, (size_t)(json->at - from));
        if (json->at < json->end && *json->at == '\\') {
            json->at++;
            if (!put_escape(json, text)) {
                return false;
            }
        }
    }
    put_tagged(out, CANON_TEXT, buf_view(text));
    return take(json, '"');
}

/* -- objects -----------------------------------------------------------------------------------------------
 */

static int
compare_members(const struct json_member *a, const struct json_member *b, const char *base)
{
    size_t a_len = a->value_at - a->at;
    size_t b_len = b->value_at - b->at;
    int order = memcmp(base + a->at, base + b->at, a_len < b_len ? a_len : b_len);
    return order != 0       ? order
           : a_len != b_len ? (a_len > b_len) - (a_len < b_len)
                            : (a->order > b->order) - (a->order < b->order);
}

/* Shell sort: in place and without recursion; objects are small. */
static void
sort_members(struct json_member *members, size_t n, const char *base)
{
    size_t gap = 1;
    while (gap < n / 3) {
        gap = gap * 3 + 1;
    }
    for (; gap > 0; gap /= 3) {
        for (size_t i = gap; i < n; i++) {
            struct json_member moving = members[i];
            size_t at = i;
            for (; at >= gap && compare_members(&members[at - gap], &moving, base) > 0; at -= gap) {
                members[at] = members[at - gap];
            }
            members[at] = moving;
        }
    }
}

/* Members stand in `out` from `start` as they came; puts them there in order. */
static void
put_sorted(struct canon_coder *coder, size_t first, size_t start, struct buf *out)
{
    struct json_member *members = (struct json_member *)(void *)coder->members.data + first;
    size_t n = coder->members.len / sizeof(struct json_member) - first;
    if (n == 0) {
        put_tagged(out, TAG_OBJECT, (struct span){"", 0});
        return;
    }
    sort_members(members, n, out->data);
    buf_reset(&coder->sorted);
    for (size_t i = 0; i < n; i++) {
        const struct json_member *next = &members[i + 1];
        size_t len = members[i].value_at - members[i].at;
        bool is_last = i + 1 == n || next->value_at - next->at != len ||
                       memcmp(out->data + next->at, out->data + members[i].at, len) != 0;
        if (is_last) {
            buf_add(&coder->sorted, out->data + members[i].at, members[i].end - members[i].at);
        }
    }
    out->len = start;
    put_tagged(out, TAG_OBJECT, buf_view(&coder->sorted));
}

/* NOLINTNEXTLINE(misc-no-recursion): DEPTH_MAX at most */
static bool
put_object(struct json *json, struct buf *out)
{
    struct buf *members = &json->coder->members;
    size_t first = members->len / sizeof(struct json_member);
    size_t start = out->len;
    size_t n = 0;
    bool is_fine = true;
    if (!take(json, '}')) {
        do {
            struct json_member member = {.at = out->len, .order = n++};
            is_fine = put_string(json, out) && take(json, ':');
            member.value_at = out->len;
            is_fine = is_fine && put_value(json, out);
            member.end = out->len;
            buf_push(members, &member, sizeof(member));
        } while (is_fine && take(json, ','));
        is_fine = is_fine && take(json, '}');
    }
    if (is_fine && !members->overflow && !out->overflow) {
        put_sorted(json->coder, first, start, out);
    }
    members->len = first * sizeof(struct json_member);
    return is_fine;
}

/* NOLINTNEXTLINE(misc-no-recursion): DEPTH_MAX at most */
static bool
put_elements(struct json *json, struct buf *out)
{
    BUF_SCOPED inside = BUF_INIT(BUF_SQL_MAX);
    bool is_fine = true;
    if (!take(json, ']')) {
        do {
            is_fine = put_value(json, &inside);
        } while (is_fine && take(json, ','));
        is_fine = is_fine && take(json, ']');
    }
    put_tagged(out, CANON_ARRAY, buf_view(&inside));
    return is_fine;
}

static bool
put_json_number(struct json *json, struct buf *out)
{
    struct span text = {json->at, 0};
    struct canon_value number;
    while (json->at < json->end && strchr("+-.0123456789eE", *json->at) != NULL && *json->at != '\0') {
        json->at++;
        text.len++;
    }
    if (text.len == 0 || text.ptr[0] == '+' || !number_read(json->coder, text, &number)) {
        return false;
    }
    put_number(&number, out);
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): DEPTH_MAX at most */
static bool
put_value(struct json *json, struct buf *out)
{
    bool is_fine;
    skip_blanks(json);
    if (json->at >= json->end || json->depth >= DEPTH_MAX) {
        return false;
    }
    switch (*json->at) {
    case '{':
    case '[':
        json->at++;
        json->depth++;
        is_fine = json->at[-1] == '{' ? put_object(json, out) : put_elements(json, out);
        json->depth--;
        return is_fine;
    case '"':
        return put_string(json, out);
    case 't':
    case 'f': {
        const char bytes[3] = {CANON_BOOL, 1, *json->at == 't' ? 1 : 0};
        buf_push(out, bytes, sizeof(bytes));
        return take_word(json, bytes[2] == 1 ? "true" : "false");
    }
    case 'n':
        buf_push(out, "", 1);
        return take_word(json, "null");
    default:
        return put_json_number(json, out);
    }
}

bool
put_json(struct canon_coder *coder, struct span text, struct buf *out)
{
    struct json json = {coder, text.ptr, text.ptr + text.len, 0};
    BUF_SCOPED inside = BUF_INIT(BUF_SQL_MAX);
    buf_reset(&coder->members);
    bool is_fine = put_value(&json, &inside);
    skip_blanks(&json);
    if (!is_fine || json.at != json.end) {
        return false;
    }
    put_tagged(out, CANON_JSON, buf_view(&inside));
    return true;
}

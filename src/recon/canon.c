#include "recon/canon_core.h"

#include "driver/cell_text.h"

#include <ctype.h>

/* char(n), whose blanks at the end are no part of the value */
static bool
is_padded(const char *type)
{
    static const char *const words[] = {"char", "character", "nchar", "native character", "bpchar"};
    char lower[32] = "";
    size_t n = 0;
    for (const char *at = type; *at != '\0' && *at != '(' && n + 1 < sizeof(lower); at++) {
        lower[n++] = (char)tolower((unsigned char)*at);
    }
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (str_eq(lower, words[i])) {
            return true;
        }
    }
    return false;
}

static uint32_t
size_of_type(const char *type)
{
    const char *open = strchr(type, '(');
    uint64_t size = 0;
    if (open != NULL) {
        (void)parse_u64((struct span){open + 1, strcspn(open + 1, "),")}, &size);
    }
    return size > UINT16_MAX ? 0 : (uint32_t)size;
}

/* The cells' text is all there is to compare. */
static enum status
check_text(const char *form, struct err *err)
{
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    enum status status = cell_text(form, (struct span){"", 0}, &text, err);
    return status == STATUS_UNSUPPORTED ? status : STATUS_OK;
}

static struct canon_coder *
new_coder(const char *form, const char *type_name, enum canon_kind kind, struct arena *arena)
{
    struct canon_coder *coder = arena_new(arena, struct canon_coder);
    coder->kind = kind;
    coder->form = form;
    coder->strips_blanks = is_padded(type_name);
    coder->bits = size_of_type(type_name);
    coder->text = (struct buf)BUF_INIT(BUF_SQL_MAX);
    coder->inner = (struct buf)BUF_INIT(BUF_SQL_MAX);
    coder->sorted = (struct buf)BUF_INIT(BUF_SQL_MAX);
    coder->members = (struct buf)BUF_INIT(BUF_SQL_MAX);
    return coder;
}

static enum canon_shortcut
shortcut_of(const struct canon_coder *coder)
{
    static const struct {
        const char *form;
        enum canon_kind kind;
        enum canon_shortcut shortcut;
    } shortcuts[] = {
        {"pg.int2", CANON_NUMBER, SHORTCUT_INT},       {"pg.int4", CANON_NUMBER, SHORTCUT_INT},
        {"pg.int8", CANON_NUMBER, SHORTCUT_INT},       {"text", CANON_TEXT, SHORTCUT_TEXT},
        {"pg.uuid", CANON_UUID, SHORTCUT_UUID},        {"pg.bool", CANON_BOOL, SHORTCUT_BOOL},
        {"pg.timestamp", CANON_CIVIL, SHORTCUT_CIVIL}, {"pg.timestamptz", CANON_INSTANT, SHORTCUT_INSTANT},
    };
    for (size_t i = 0; i < COUNT_OF(shortcuts); i++) {
        if (str_eq(coder->form, shortcuts[i].form) && coder->kind == shortcuts[i].kind) {
            return coder->strips_blanks ? SHORTCUT_NONE : shortcuts[i].shortcut;
        }
    }
    return SHORTCUT_NONE;
}

enum status
canon_coder_new(const char *form, const char *type_name, enum canon_kind kind, struct arena *arena,
                struct canon_coder **out, struct err *err)
{
    struct canon_coder *coder = new_coder(form, type_name, kind, arena);
    coder->decode = canon_decoder(form);
    if (coder->decode == NULL) {
        coder->kind = CANON_OPAQUE;
        TRY(check_text(form, err));
    }
    if (str_starts(form, "pg.") && str_ends(form, "[]")) {
        size_t len = strlen(form) - 2;
        const char *element = arena_strndup(arena, form, len);
        element = str_eq(element, "pg.text") ? "text" : str_eq(element, "pg.bytea") ? "bytes" : element;
        if (canon_decoder(element) == NULL) {
            coder->decode = NULL;
            coder->kind = CANON_OPAQUE;
        } else {
            coder->element = new_coder(element, "", canon_kind_of_name("text", element), arena);
            coder->element->decode = canon_decoder(element);
        }
    }
    coder->shortcut = shortcut_of(coder);
    *out = coder;
    return STATUS_OK;
}

void
canon_coder_release(struct canon_coder *coder)
{
    if (coder != NULL) {
        buf_release(&coder->text);
        buf_release(&coder->inner);
        buf_release(&coder->sorted);
        buf_release(&coder->members);
        canon_coder_release(coder->element); /* NOLINT(misc-no-recursion): one level */
    }
}

static inline void
store_u64(unsigned char *at, uint64_t number)
{
    for (unsigned i = 0; i < 8; i++) {
        at[i] = (unsigned char)(number >> (56 - 8 * i));
    }
}

static bool
put_int(struct span bytes, struct buf *out)
{
    unsigned char encoded[12] = {CANON_NUMBER, 10};
    struct cell cell = cell_over(bytes);
    if (bytes.len != 4 && bytes.len != 8 && bytes.len != 2) {
        return false;
    }
    int64_t number = cell_take_signed(&cell, bytes.len, true);
    encoded[2] = number < 0;
    store_u64(encoded + 4, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
    buf_push(out, encoded, sizeof(encoded));
    return true;
}

/* The infinities go the long way. */
static bool
put_stamp_of_2000(unsigned char tag, struct span bytes, struct buf *out)
{
    static const uint64_t shift = UINT64_C(946684800000000); /* from 1970 to 2000 */
    unsigned char encoded[10] = {tag, 8};
    struct cell cell = cell_over(bytes);
    int64_t us = bytes.len == 8 ? cell_take_signed(&cell, 8, true) : INT64_MAX;
    if (us == INT64_MAX || us == INT64_MIN) {
        return false;
    }
    store_u64(encoded + 2, (uint64_t)us + shift);
    buf_push(out, encoded, sizeof(encoded));
    return true;
}

/* False: nothing was put, and the long way has to be gone. */
static bool
put_shortcut(const struct canon_coder *coder, struct span bytes, struct buf *out)
{
    switch (coder->shortcut) {
    case SHORTCUT_NONE:
        return false;
    case SHORTCUT_INT:
        return put_int(bytes, out);
    case SHORTCUT_TEXT:
        put_tagged(out, CANON_TEXT, bytes);
        return true;
    case SHORTCUT_UUID:
        if (bytes.len != 16) {
            return false;
        }
        put_tagged(out, CANON_UUID, bytes);
        return true;
    case SHORTCUT_BOOL: {
        const char encoded[3] = {CANON_BOOL, 1, bytes.len == 1 && bytes.ptr[0] != 0 ? 1 : 0};
        buf_push(out, encoded, bytes.len == 1 ? sizeof(encoded) : 0);
        return bytes.len == 1;
    }
    case SHORTCUT_CIVIL:
        return put_stamp_of_2000(CANON_CIVIL, bytes, out);
    case SHORTCUT_INSTANT:
        return put_stamp_of_2000(CANON_INSTANT, bytes, out);
    }
    return false;
}

bool
canon_encode(struct canon_coder *coder, struct span bytes, struct buf *out)
{
    struct canon_value value;
    if (bytes.ptr == NULL) {
        buf_push(out, "", 1);
        return true;
    }
    if (put_shortcut(coder, bytes, out)) {
        return true;
    }
    if (coder->kind == CANON_OPAQUE) {
        struct err ignored = {0};
        buf_reset(&coder->text);
        if (cell_text(coder->form, bytes, &coder->text, &ignored) != STATUS_OK) {
            return false;
        }
        put_tagged(out, CANON_TAG_OPAQUE, buf_view(&coder->text));
        return true;
    }
    struct cell cell = cell_over(bytes);
    return coder->decode(coder, &cell, &value) && !cell.is_bad && cell.left == 0 &&
           put_as_kind(coder, &value, out);
}

bool
canon_next(struct span *rest, struct span *cell)
{
    size_t len = 0;
    size_t at = 1;
    *cell = (struct span){rest->ptr, 1};
    if (rest->len == 0) {
        return false;
    }
    if (rest->ptr[0] != CANON_TAG_NULL) {
        for (unsigned shift = 0;; shift += 7) {
            if (at >= rest->len || shift > 56) {
                return false;
            }
            unsigned byte = (unsigned char)rest->ptr[at++];
            len |= (size_t)(byte & 0x7F) << shift;
            if (byte < 0x80) {
                break;
            }
        }
        if (rest->len - at < len) {
            return false;
        }
        cell->len = at + len;
    }
    rest->ptr += cell->len;
    rest->len -= cell->len;
    return true;
}

#include "recon/canon_core.h"

#include "driver/cell_text.h"

#include <ctype.h>

/* char(n), whose blanks at the end are no part of the value */
static bool
is_padded(const char *type)
{
    static const char *const words[] = {"char", "character", "nchar", "native character", "bpchar"};
    char lower[32] = "";
    for (size_t i = 0; i + 1 < sizeof(lower) && type[i] != '\0' && type[i] != '('; i++) {
        lower[i] = (char)tolower((unsigned char)type[i]);
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

bool
canon_encode(struct canon_coder *coder, struct span bytes, struct buf *out)
{
    struct canon_value value = {0};
    if (bytes.ptr == NULL) {
        buf_push(out, "", 1);
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

/* PostgreSQL's arrays: dimensions, flag, element type, (size, lower bound) each, then the elements. */
#include "recon/canon_core.h"

enum { DIMENSION_MAX = 6 };

struct array {
    struct cell cell;
    uint32_t sizes[DIMENSION_MAX];
    size_t n;
    size_t elements;
};

static bool
read_array(struct span bytes, struct array *out)
{
    *out = (struct array){.cell = cell_over(bytes), .elements = 1};
    out->n = (size_t)cell_take(&out->cell, 4, true);
    (void)cell_take(&out->cell, 8, true);
    if (out->n > DIMENSION_MAX) {
        return false;
    }
    for (size_t i = 0; i < out->n; i++) {
        out->sizes[i] = (uint32_t)cell_take(&out->cell, 4, true);
        (void)cell_take(&out->cell, 4, true); /* lower bounds are not of the value */
        out->elements *= out->sizes[i];
        if (out->elements > bytes.len) {
            return false;
        }
    }
    out->elements = out->n == 0 ? 0 : out->elements;
    return !out->cell.is_bad;
}

static bool
next_element(struct array *array, struct span *out)
{
    int64_t len = cell_take_signed(&array->cell, 4, true);
    *out = len < 0 ? (struct span){NULL, 0} : cell_take_bytes(&array->cell, (size_t)len);
    return !array->cell.is_bad;
}

/* JSON has fewer kinds: what has none there is its text. */
static bool
element_as_json(struct canon_coder *element, struct span bytes, struct buf *out)
{
    if (bytes.ptr != NULL && (element->kind == CANON_DOUBLE || element->kind == CANON_SINGLE)) {
        enum canon_kind kind = element->kind;
        element->kind = CANON_NUMBER;
        bool is_fine = canon_encode(element, bytes, out);
        element->kind = kind;
        return is_fine;
    }
    return canon_encode(element, bytes, out);
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the array has dimensions, six at most */
static bool
put_level(struct array *array, size_t level, struct canon_coder *element, struct buf *out)
{
    BUF_SCOPED inside = BUF_INIT(BUF_SQL_MAX);
    for (uint32_t i = 0; i < array->sizes[level]; i++) {
        struct span bytes;
        if (level + 1 < array->n
                ? !put_level(array, level + 1, element, &inside)
                : !next_element(array, &bytes) || !element_as_json(element, bytes, &inside)) {
            return false;
        }
    }
    put_tagged(out, CANON_ARRAY, buf_view(&inside));
    return true;
}

bool
put_array(struct canon_coder *coder, struct span bytes, bool as_json, struct buf *out)
{
    struct array array;
    BUF_SCOPED inside = BUF_INIT(BUF_SQL_MAX);
    if (coder->element == NULL || !read_array(bytes, &array)) {
        return false;
    }
    if (as_json && array.n > 0) {
        if (!put_level(&array, 0, coder->element, &inside)) {
            return false;
        }
        put_tagged(out, CANON_JSON, buf_view(&inside));
        return true;
    }
    if (as_json) {
        put_tagged(&inside, CANON_ARRAY, (struct span){"", 0});
        put_tagged(out, CANON_JSON, buf_view(&inside));
        return true;
    }
    put_length(&inside, array.n);
    for (size_t i = 0; i < array.n; i++) {
        put_length(&inside, array.sizes[i]);
    }
    for (size_t i = 0; i < array.elements; i++) {
        struct span element;
        if (!next_element(&array, &element) || !canon_encode(coder->element, element, &inside)) {
            return false;
        }
    }
    put_tagged(out, CANON_ARRAY, buf_view(&inside));
    return array.cell.left == 0;
}

bool
array_labels(struct span bytes, struct buf *out)
{
    struct array array;
    struct span label;
    if (!read_array(bytes, &array) || array.n > 1) {
        return false;
    }
    for (size_t i = 0; i < array.elements; i++) {
        if (!next_element(&array, &label) || label.ptr == NULL) {
            return false;
        }
        buf_push(out, &label, sizeof(label));
    }
    return array.cell.left == 0;
}

#include "report/diff_report.h"

#include "base/vec.h"
#include "report/json.h"

#include <string.h>

const char *
change_kind_word(enum change_kind kind)
{
    static const char *const words[] = {
        [CHANGE_ADDED] = "added", [CHANGE_REMOVED] = "removed", [CHANGE_CHANGED] = "changed"};
    return words[kind];
}

json_t *
diff_report_json(const struct catalog_diff *diff)
{
    json_t *list = json_array();
    for (size_t i = 0; i < diff->n; i++) {
        const struct change *change = &diff->changes[i];
        const struct object *object = change->after != NULL ? change->after : change->before;
        json_t *row = json_object();
        json_put(row, "kind", json_text(object_kind_name(object->kind)));
        json_put(row, "name", json_text(object->name));
        json_put(row, "change", json_text(change_kind_word(change->kind)));
        json_array_append_new(list, row);
    }
    return list;
}

/* -- text against text
 * ---------------------------------------------------------------------------------------------- */

struct lines {
    struct span *items;
    size_t n;
    size_t cap;
};

/* Tables of n * m stay small: longer texts are shown as a whole. */
#define LINES_MAX 2000

static struct lines
cut_lines(struct arena *arena, const char *text)
{
    struct lines lines = {0};
    struct span rest = span_of(text);
    struct span line;
    while (span_next_line(&rest, &line)) {
        vec_push(arena, &lines, line);
    }
    return lines;
}

/* common[i * (m + 1) + j]: length of the longest common subsequence of the lines from i and from j on. */
static uint16_t *
common_lengths(struct arena *arena, const struct lines *a, const struct lines *b)
{
    size_t width = b->n + 1;
    uint16_t *common = arena_new_array(arena, uint16_t, (a->n + 1) * width);
    for (size_t i = a->n; i > 0; i--) {
        for (size_t j = b->n; j > 0; j--) {
            uint16_t *cell = &common[(i - 1) * width + j - 1];
            uint16_t down = common[i * width + j - 1];
            uint16_t right = common[(i - 1) * width + j];
            *cell = span_eq(a->items[i - 1], b->items[j - 1]) ? (uint16_t)(common[i * width + j] + 1)
                    : down > right                            ? down
                                                              : right;
        }
    }
    return common;
}

static void
print_line(FILE *out, bool color, char mark, struct span line)
{
    BUF_SCOPED safe = BUF_INIT(BUF_TEXT_MAX);
    enum ink which = mark == '+' ? INK_GREEN : mark == '-' ? INK_RED : INK_DIM;
    term_escape(&safe, line, true);
    fprintf(out, "      %s%c %s%s\n", ink(color, which), mark, buf_cstr(&safe), ink(color, INK_PLAIN));
}

void
text_diff_print(FILE *out, bool color, const char *before, const char *after)
{
    ARENA_SCOPED scratch = {0};
    struct lines a = cut_lines(&scratch, before);
    struct lines b = cut_lines(&scratch, after);
    bool is_small = a.n <= LINES_MAX && b.n <= LINES_MAX;
    const uint16_t *common = is_small ? common_lengths(&scratch, &a, &b) : NULL;
    size_t width = b.n + 1;
    size_t i = 0;
    size_t j = 0;
    while (i < a.n || j < b.n) {
        if (is_small && i < a.n && j < b.n && span_eq(a.items[i], b.items[j])) {
            bool near_change =
                (i + 1 < a.n && j + 1 < b.n && !span_eq(a.items[i + 1], b.items[j + 1])) || a.n < 8;
            if (near_change) {
                print_line(out, color, ' ', a.items[i]);
            }
            i++;
            j++;
        } else if (j >= b.n ||
                   (i < a.n && (!is_small || common[(i + 1) * width + j] >= common[i * width + j + 1]))) {
            print_line(out, color, '-', a.items[i++]);
        } else {
            print_line(out, color, '+', b.items[j++]);
        }
    }
}

/* -- objects
 * ------------------------------------------------------------------------------------------------------------
 */

static const char *
class_remark(const struct change *change)
{
    switch (change->class) {
    case CHANGE_CLASS_TEXT:
        return "  (only its stored text or its generated name)";
    case CHANGE_CLASS_COLUMN_ORDER:
        return "  (only the order of columns)";
    case CHANGE_CLASS_NONE:
    case CHANGE_CLASS_MEANING:
        return "";
    }
    return "";
}

void
diff_report_print(FILE *out, bool color, const struct catalog_diff *diff)
{
    static const char marks[] = {[CHANGE_ADDED] = '+', [CHANGE_REMOVED] = '-', [CHANGE_CHANGED] = '~'};
    static const enum ink inks[] = {
        [CHANGE_ADDED] = INK_GREEN, [CHANGE_REMOVED] = INK_RED, [CHANGE_CHANGED] = INK_YELLOW};
    ARENA_SCOPED scratch = {0};
    for (size_t i = 0; i < diff->n; i++) {
        const struct change *change = &diff->changes[i];
        const struct object *object = change->after != NULL ? change->after : change->before;
        fprintf(out, "  %s%c %s %s%s%s\n", ink(color, inks[change->kind]), marks[change->kind],
                object_kind_name(object->kind), shown(&scratch, object->name), class_remark(change),
                ink(color, INK_PLAIN));
        bool has_both = change->before != NULL && change->after != NULL;
        if (has_both && change->kind == CHANGE_CHANGED && change->class == CHANGE_CLASS_MEANING) {
            text_diff_print(out, color, change->before->text, change->after->text);
        }
    }
}

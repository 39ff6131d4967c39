#include "report/snapshot_cat.h"

#include "driver/cell_text.h"

#include <errno.h>
#include <string.h>

struct cat {
    const struct snapshot_header *header;
    enum cat_format format;
    FILE *out;
    struct buf row; /* the image so far */
    struct buf line;
    struct buf text; /* of one cell */
};

static void
add_copy(struct buf *line, struct span text)
{
    static const char plain[] = "\\\b\t\n\v\f\r";
    static const char letters[] = "\\btnvfr";
    for (size_t i = 0; i < text.len; i++) {
        const char *at = text.ptr[i] == '\0' ? NULL : strchr(plain, text.ptr[i]);
        if (at != NULL) {
            buf_char(line, '\\');
        }
        buf_char(line, at == NULL ? text.ptr[i] : letters[at - plain]);
    }
}

static void
add_csv(struct buf *line, struct span text)
{
    bool is_quoted = text.len == 0;
    for (size_t i = 0; i < text.len; i++) {
        is_quoted = is_quoted || strchr("\",\r\n", text.ptr[i]) != NULL;
    }
    buf_str(line, is_quoted ? "\"" : "");
    for (size_t i = 0; i < text.len; i++) {
        buf_str(line, text.ptr[i] == '"' ? "\"" : "");
        buf_char(line, text.ptr[i]);
    }
    buf_str(line, is_quoted ? "\"" : "");
}

static enum status
add_cell(struct cat *cat, size_t i, struct span cell, struct err *err)
{
    buf_reset(&cat->text);
    if (cell.ptr != NULL) {
        TRY(cell_text(cat->header->columns[i].form, cell, &cat->text, err));
        TRY(buf_check(&cat->text, "a value", err));
    }
    switch (cat->format) {
    case CAT_COPY:
        buf_str(&cat->line, i > 0 ? "\t" : "");
        if (cell.ptr == NULL) {
            buf_str(&cat->line, "\\N");
        } else {
            add_copy(&cat->line, buf_view(&cat->text));
        }
        break;
    case CAT_CSV:
        buf_str(&cat->line, i > 0 ? "," : "");
        if (cell.ptr != NULL) {
            add_csv(&cat->line, buf_view(&cat->text));
        }
        break;
    case CAT_JSONL:
        buf_char(&cat->line, i > 0 ? ',' : '{');
        buf_json(&cat->line, span_of(cat->header->columns[i].name));
        buf_char(&cat->line, ':');
        if (cell.ptr == NULL) {
            buf_str(&cat->line, "null");
        } else {
            buf_json(&cat->line, buf_view(&cat->text));
        }
        break;
    }
    return STATUS_OK;
}

static enum status
put_line(struct cat *cat, struct err *err)
{
    buf_str(&cat->line, cat->format == CAT_JSONL ? "}\n" : cat->format == CAT_CSV ? "\r\n" : "\n");
    TRY(buf_check(&cat->line, "a row", err));
    return fwrite(cat->line.data, 1, cat->line.len, cat->out) == cat->line.len
               ? STATUS_OK
               : err_raise(err, STATUS_IO, "cannot write the rows: %s", strerror(errno));
}

static enum status
print_row(struct cat *cat, struct span bytes, struct err *err)
{
    struct row_image image;
    struct span cell;
    bool is_whole = row_image_read(bytes, cat->header->n_columns, &image);
    buf_reset(&cat->line);
    for (size_t i = 0; i < cat->header->n_columns && is_whole; i++) {
        is_whole = row_image_next(&image, &cell);
        if (is_whole) {
            TRY(add_cell(cat, i, cell, err));
        }
    }
    return is_whole ? put_line(cat, err) : err_raise(err, STATUS_CORRUPT, "a row is no row of this table");
}

static enum status
take_piece(void *state, struct span bytes, bool ends_row, struct err *err)
{
    struct cat *cat = state;
    if (ends_row && cat->row.len == 0) {
        return print_row(cat, bytes, err);
    }
    buf_push(&cat->row, bytes.ptr, bytes.len);
    TRY(buf_check(&cat->row, "a row", err));
    if (!ends_row) {
        return STATUS_OK;
    }
    enum status status = print_row(cat, (struct span){cat->row.data, cat->row.len}, err);
    buf_reset(&cat->row);
    return status;
}

static enum status
print_heading(struct cat *cat, struct err *err)
{
    for (size_t i = 0; i < cat->header->n_columns; i++) {
        buf_str(&cat->line, i > 0 ? "," : "");
        add_csv(&cat->line, span_of(cat->header->columns[i].name));
    }
    return put_line(cat, err);
}

enum status
snapshot_cat(const struct snapshot_reader *reader, enum cat_format format, FILE *out, struct err *err)
{
    struct cat cat = {.header = snapshot_header(reader),
                      .format = format,
                      .out = out,
                      .row = BUF_INIT((size_t)2 << 30),
                      .line = BUF_INIT((size_t)4 << 30),
                      .text = BUF_INIT((size_t)4 << 30)};
    const struct row_sink sink = {take_piece, &cat};
    enum status status = format == CAT_CSV ? print_heading(&cat, err) : STATUS_OK;
    if (status == STATUS_OK) {
        status = snapshot_read(reader, 0, snapshot_totals(reader)->groups, NULL, &sink, err);
    }
    buf_release(&cat.row);
    buf_release(&cat.line);
    buf_release(&cat.text);
    return status;
}

#include "base/term.h"

#include "base/clock.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

struct range {
    uint32_t first;
    uint32_t last;
};

/* Characters that move, hide or reorder what is shown (Unicode 15: Cc, bidi controls, zero width, line and
 * paragraph separator, annotations, tags). */
static const struct range hidden[] = {
    {0x0000, 0x001F},   {0x007F, 0x009F},   {0x00AD, 0x00AD},   {0x034F, 0x034F}, {0x061C, 0x061C},
    {0x115F, 0x1160},   {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200F}, {0x2028, 0x202E},
    {0x2060, 0x206F},   {0x3164, 0x3164},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB},
    {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE00FF},
};

static const struct range combining[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD},   {0x05BF, 0x05BF}, {0x05C1, 0x05C2},
    {0x05C4, 0x05C5}, {0x0610, 0x061A}, {0x064B, 0x065F},   {0x0670, 0x0670}, {0x06D6, 0x06DC},
    {0x06DF, 0x06E4}, {0x06E7, 0x06E8}, {0x06EA, 0x06ED},   {0x0900, 0x0902}, {0x093C, 0x093C},
    {0x0941, 0x0948}, {0x094D, 0x094D}, {0x0E31, 0x0E31},   {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E},
    {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF},   {0x302A, 0x302D}, {0x3099, 0x309A},
    {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xE0100, 0xE01EF},
};

static const struct range wide[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x2329, 0x232A},   {0x23E9, 0x23EC},   {0x2E80, 0x303E},
    {0x3041, 0x33FF},   {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xA960, 0xA97C},
    {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},
    {0x16FE0, 0x18CFF}, {0x1B000, 0x1B2FB}, {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF},
    {0x1FA70, 0x1FAFF}, {0x20000, 0x3FFFD},
};

static bool
is_in(const struct range *ranges, size_t n, uint32_t c)
{
    size_t low = 0;
    while (low < n) {
        size_t mid = low + (n - low) / 2;
        if (c > ranges[mid].last) {
            low = mid + 1;
        } else if (c < ranges[mid].first) {
            n = mid;
        } else {
            return true;
        }
    }
    return false;
}

/* Decodes one character that is known to be well formed. */
static uint32_t
decode(const unsigned char *ptr, size_t *len)
{
    static const unsigned char lead_mask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    *len = ptr[0] < 0x80 ? 1 : ptr[0] < 0xE0 ? 2 : ptr[0] < 0xF0 ? 3 : 4;
    uint32_t c = ptr[0] & lead_mask[*len];
    for (size_t i = 1; i < *len; i++) {
        c = c << 6 | (ptr[i] & 0x3F);
    }
    return c;
}

/* The next character of `rest`, or -1 and one byte where there is none. */
static int64_t
next_char(struct span *rest, size_t *valid, size_t *len)
{
    if (*valid == 0) {
        *valid = utf8_valid_len(*rest);
    }
    if (*valid == 0) {
        *len = 1;
        return -1;
    }
    uint32_t c = decode((const unsigned char *)rest->ptr, len);
    *valid -= *len;
    return c;
}

void
term_escape(struct buf *out, struct span text, bool multiline)
{
    size_t valid = 0;
    size_t len = 0;
    for (struct span rest = text; rest.len > 0; rest.ptr += len, rest.len -= len) {
        int64_t c = next_char(&rest, &valid, &len);
        if (c < 0) {
            buf_printf(out, "\\x%02x", (unsigned char)rest.ptr[0]);
        } else if (multiline && (c == '\n' || c == '\t')) {
            buf_char(out, (char)c);
        } else if (!is_in(hidden, COUNT_OF(hidden), (uint32_t)c)) {
            buf_add(out, rest.ptr, len);
        } else if (c < 0x80) {
            buf_printf(out, "\\x%02x", (unsigned)c);
        } else if (c < 0x10000) {
            buf_printf(out, "\\u%04x", (unsigned)c);
        } else {
            buf_printf(out, "\\U%08x", (unsigned)c);
        }
    }
}

size_t
term_width(struct span text)
{
    size_t width = 0;
    size_t valid = 0;
    size_t len = 0;
    for (struct span rest = text; rest.len > 0; rest.ptr += len, rest.len -= len) {
        int64_t c = next_char(&rest, &valid, &len);
        if (c < 0) {
            width++;
        } else if (is_in(wide, COUNT_OF(wide), (uint32_t)c)) {
            width += 2;
        } else if (!is_in(combining, COUNT_OF(combining), (uint32_t)c) &&
                   !is_in(hidden, COUNT_OF(hidden), (uint32_t)c)) {
            width++;
        }
    }
    return width;
}

bool
term_is_tty(FILE *stream)
{
    const char *term = getenv("TERM");
    return isatty(fileno(stream)) == 1 && !str_eq(term, "dumb");
}

/* Up to the line feed; false when it does not fit, or when there is none (a signal, the end). */
static bool
read_line(int fd, char *out, size_t len)
{
    for (size_t n = 0; n < len; n++) {
        if (read(fd, out + n, 1) != 1) {
            return false;
        }
        if (out[n] == '\n') {
            out[n] = '\0';
            return true;
        }
    }
    return false;
}

static bool
write_text(int fd, const char *text)
{
    size_t len = strlen(text);
    return write(fd, text, len) == (ssize_t)len;
}

bool
term_ask_secret(const char *prompt, char *out, size_t len)
{
    struct termios shown = {0};
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    bool ok = fd >= 0 && tcgetattr(fd, &shown) == 0;
    if (ok) {
        struct termios silent = shown;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        ok = tcsetattr(fd, TCSAFLUSH, &silent) == 0 && write_text(fd, prompt) && read_line(fd, out, len);
        ok = tcsetattr(fd, TCSAFLUSH, &shown) == 0 && write_text(fd, "\n") && ok;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return ok;
}

unsigned
term_columns(FILE *stream)
{
    struct winsize size = {0};
    uint64_t columns = 0;
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return size.ws_col;
    }
    const char *text = getenv("COLUMNS");
    if (text != NULL && parse_u64(span_of(text), &columns) && columns > 0 && columns < 10000) {
        return (unsigned)columns;
    }
    return 80;
}

void
progress_begin(struct progress *progress, FILE *stream, bool enabled, const char *label, uint64_t total)
{
    *progress = (struct progress){.stream = stream,
                                  .enabled = enabled,
                                  .label = label,
                                  .total = total,
                                  .started_us = clock_monotonic_us()};
}

static void
add_count(struct buf *line, double n)
{
    static const char units[] = {'\0', 'k', 'M', 'G', 'T'};
    size_t unit = 0;
    while (n >= 10000 && unit + 1 < COUNT_OF(units)) {
        n /= 1000;
        unit++;
    }
    buf_printf(line, n < 10 && unit == 0 ? "%.1f" : "%.0f", n);
    if (units[unit] != '\0') {
        buf_char(line, units[unit]);
    }
}

static void
add_time(struct buf *line, double seconds)
{
    uint64_t s = seconds < 0 || seconds > 360000.0 ? 360000 : (uint64_t)(seconds + 0.5);
    if (s >= 3600) {
        buf_printf(line, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, s / 3600, s / 60 % 60, s % 60);
    } else {
        buf_printf(line, "%" PRIu64 ":%02" PRIu64, s / 60, s % 60);
    }
}

static void
add_bar(struct buf *line, uint64_t done, uint64_t total)
{
    enum { CELLS = 20 };
    double share = done >= total ? 1 : (double)done / (double)total;
    unsigned full = (unsigned)(share * CELLS);
    buf_str(line, " [");
    for (unsigned i = 0; i < CELLS; i++) {
        buf_char(line, i < full ? '#' : '.');
    }
    buf_printf(line, "] %3.0f%%", share * 100);
}

/* Cuts at `columns`, never inside a character. */
static size_t
fitting_len(struct span text, unsigned columns)
{
    size_t at = 0;
    size_t width = 0;
    while (at < text.len) {
        struct span rest = {text.ptr + at, text.len - at};
        size_t len = utf8_offset(rest, 1);
        width += term_width((struct span){rest.ptr, len});
        if (width > columns) {
            break;
        }
        at += len;
    }
    return at;
}

static void
draw(struct progress *progress, const char *what, int64_t now)
{
    BUF_SCOPED line = BUF_INIT(4096);
    double seconds = (double)(now - progress->started_us) / 1e6;
    double rate = seconds > 0 ? (double)progress->done / seconds : 0;
    buf_str(&line, progress->label);
    if (progress->total > 0) {
        add_bar(&line, progress->done, progress->total);
    } else {
        buf_char(&line, ' ');
        add_count(&line, (double)progress->done);
    }
    buf_char(&line, ' ');
    add_count(&line, rate);
    buf_str(&line, "/s");
    if (rate > 0 && progress->total > progress->done) {
        buf_str(&line, " eta ");
        add_time(&line, (double)(progress->total - progress->done) / rate);
    }
    if (!str_is_empty(what)) {
        buf_char(&line, ' ');
        term_escape(&line, span_of(what), false);
    }
    struct span view = buf_view(&line);
    unsigned columns = term_columns(progress->stream);
    view.len = fitting_len(view, columns > 1 ? columns - 1 : 1);
    unsigned width = (unsigned)term_width(view);
    unsigned erase = progress->drawn_width > width ? progress->drawn_width - width : 0;
    fprintf(progress->stream, "\r%.*s%*s", (int)view.len, view.ptr, (int)erase, "");
    fflush(progress->stream);
    progress->drawn_width = width;
    progress->drawn_us = now;
}

void
progress_at(struct progress *progress, uint64_t done, const char *what)
{
    enum { INTERVAL_US = 100000 };
    progress->done = done;
    if (!progress->enabled) {
        return;
    }
    int64_t now = clock_monotonic_us();
    if (progress->drawn_us == 0 || now - progress->drawn_us >= INTERVAL_US) {
        draw(progress, what, now);
    }
}

void
progress_end(struct progress *progress)
{
    if (progress->enabled && progress->drawn_us != 0) {
        fprintf(progress->stream, "\r%*s\r", (int)progress->drawn_width, "");
        fflush(progress->stream);
    }
    progress->enabled = false;
}

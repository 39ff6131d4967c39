#define _XOPEN_SOURCE 700 /* mkfifo, symlink, setenv */
#include "base/io.h"
#include "harness.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *
in_dir(const char *name)
{
    return arena_printf(test_arena(), "%s/%s", test_dir(), name);
}

TEST(io, what_was_written_is_read_back_with_its_mode)
{
    struct err err = {0};
    struct stat info;
    BUF_SCOPED data = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED back = BUF_INIT(BUF_TEXT_MAX);
    for (int i = 0; i < 50000; i++) {
        buf_printf(&data, "%d%c", i, 0);
    }
    CHECK_OK(io_write_file(in_dir("f"), buf_view(&data), 0640, &err));
    CHECK_OK(io_read_file(in_dir("f"), &back, &err));
    CHECK(span_eq(buf_view(&data), buf_view(&back)));
    CHECK(stat(in_dir("f"), &info) == 0 && (info.st_mode & 0777) == 0640);
}

TEST(io, writing_replaces_and_leaves_nothing_else)
{
    struct err err = {0};
    struct io_listing listing;
    BUF_SCOPED back = BUF_INIT(100);
    CHECK_OK(io_write_file(in_dir("f"), SPAN("old"), 0600, &err));
    CHECK_OK(io_write_file(in_dir("f"), SPAN("new"), 0600, &err));
    CHECK_OK(io_read_file(in_dir("f"), &back, &err));
    CHECK_STR(buf_cstr(&back), "new");
    CHECK_OK(io_list_dir(test_arena(), test_dir(), &listing, &err));
    CHECK_INT(listing.n, 1);
}

TEST(io, files_larger_than_the_ceiling_are_refused)
{
    struct err err = {0};
    BUF_SCOPED exact = BUF_INIT(5);
    BUF_SCOPED small = BUF_INIT(4);
    CHECK_OK(io_write_file(in_dir("f"), SPAN("12345"), 0600, &err));
    CHECK_OK(io_read_file(in_dir("f"), &exact, &err));
    CHECK_STR(buf_cstr(&exact), "12345");
    CHECK(io_read_file(in_dir("f"), &small, &err) == STATUS_IO);
    CHECK(strstr(err.msg, "larger than 4 bytes") != NULL);
}

TEST(io, files_without_a_size_are_read_to_their_end)
{
    struct err err = {0};
    BUF_SCOPED text = BUF_INIT(BUF_TEXT_MAX);
    CHECK_OK(io_read_file("/proc/self/status", &text, &err));
    CHECK(str_starts(buf_cstr(&text), "Name:"));
}

TEST(io, only_regular_files_are_read)
{
    struct err err = {0};
    BUF_SCOPED text = BUF_INIT(100);
    CHECK(mkfifo(in_dir("pipe"), 0600) == 0);
    CHECK(io_read_file(in_dir("pipe"), &text, &err) == STATUS_IO);
    CHECK(io_read_file(test_dir(), &text, &err) == STATUS_IO);
    CHECK(strstr(err.msg, "not a regular file") != NULL);
    CHECK(io_read_file(in_dir("none"), &text, &err) == STATUS_IO);
    CHECK(strstr(err.msg, "No such file") != NULL && strstr(err.msg, "/none'") != NULL);
}

TEST(io, folders_are_made_with_their_parents)
{
    struct err err = {0};
    CHECK_OK(io_make_dirs(in_dir("a/b//c/"), 0700, &err));
    CHECK(io_is_dir(in_dir("a/b/c")));
    CHECK_OK(io_make_dirs(in_dir("a/b"), 0700, &err));
    CHECK_OK(io_write_file(in_dir("a/file"), SPAN(""), 0600, &err));
    CHECK(io_make_dirs(in_dir("a/file/d"), 0700, &err) == STATUS_IO);
    CHECK(io_make_dirs("", 0700, &err) == STATUS_IO);
}

TEST(io, listing_is_sorted_and_tells_links_and_folders)
{
    struct err err = {0};
    struct io_listing listing;
    CHECK_OK(io_write_file(in_dir("b"), SPAN(""), 0600, &err));
    CHECK_OK(io_make_dirs(in_dir("c"), 0700, &err));
    CHECK(symlink("c", in_dir("a")) == 0 && symlink("nowhere", in_dir("B")) == 0);
    CHECK_OK(io_list_dir(test_arena(), test_dir(), &listing, &err));
    if (!CHECK(listing.n == 4)) {
        return;
    }
    CHECK_STR(listing.entries[0].name, "B");
    CHECK(listing.entries[0].is_link && !listing.entries[0].is_dir);
    CHECK_STR(listing.entries[1].name, "a");
    CHECK(listing.entries[1].is_link && listing.entries[1].is_dir);
    CHECK_STR(listing.entries[2].name, "b");
    CHECK(!listing.entries[2].is_link && !listing.entries[2].is_dir);
    CHECK(listing.entries[3].is_dir && !listing.entries[3].is_link);
    CHECK(io_list_dir(test_arena(), in_dir("none"), &listing, &err) == STATUS_IO);
}

TEST(io, real_paths_follow_links)
{
    struct err err = {0};
    char *real = NULL;
    char *dir = NULL;
    CHECK_OK(io_write_file(in_dir("f"), SPAN(""), 0600, &err));
    CHECK(symlink("f", in_dir("link")) == 0);
    CHECK_OK(io_real_path(test_arena(), test_dir(), &dir, &err));
    CHECK_OK(io_real_path(test_arena(), in_dir("link"), &real, &err));
    CHECK_STR(real, arena_printf(test_arena(), "%s/f", dir));
    CHECK(io_real_path(test_arena(), in_dir("none"), &real, &err) == STATUS_IO);
}

TEST(io, free_bytes_are_told)
{
    struct err err = {0};
    uint64_t bytes = 0;
    CHECK_OK(io_free_bytes(test_dir(), &bytes, &err));
    CHECK(bytes > 0);
    CHECK(io_free_bytes(in_dir("none"), &bytes, &err) == STATUS_IO);
}

#ifdef ROLLCALL_FAULT_POINTS

TEST(fault, the_nth_pass_fails_and_no_other)
{
    struct err err = {0};
    setenv("ROLLCALL_FAULT", "a=error@2,b=unknown", 1);
    CHECK_OK(fault_before("a", &err));
    CHECK_OK(fault_after("a", &err));
    CHECK(fault_before("a", &err) == STATUS_IO);
    CHECK_OK(fault_before("a", &err));
    CHECK_OK(fault_before("b", &err));
    CHECK(fault_after("b", &err) == STATUS_UNKNOWN);
    CHECK_OK(fault_after("b", &err));
    CHECK_OK(fault_before("c", &err));
    unsetenv("ROLLCALL_FAULT");
    CHECK_OK(fault_before("a", &err));
}

/* The state of the file after a crash at each point of writing it anew. */
TEST(fault, a_crash_leaves_the_old_file_or_the_new_one)
{
    static const struct {
        const char *fault;
        const char *left;
    } cases[] = {
        {"file.fsync=crash", "old"},
        {"file.fsync=crash-after", "old"},
        {"file.rename=crash", "old"},
        {"file.rename=crash-after", "new"},
    };
    struct err err = {0};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int code = 0;
        BUF_SCOPED back = BUF_INIT(100);
        CHECK_OK(io_write_file(in_dir("f"), SPAN("old"), 0600, &err));
        setenv("ROLLCALL_FAULT", cases[i].fault, 1);
        pid_t child = fork();
        if (child == 0) {
            _exit(io_write_file(in_dir("f"), SPAN("new"), 0600, &err) == STATUS_OK ? 0 : 1);
        }
        unsetenv("ROLLCALL_FAULT");
        waitpid(child, &code, 0);
        CHECK(WIFSIGNALED(code) && WTERMSIG(code) == SIGKILL);
        CHECK_OK(io_read_file(in_dir("f"), &back, &err));
        CHECK_STR(buf_cstr(&back), cases[i].left);
    }
}

TEST(fault, an_error_leaves_no_temporary_file)
{
    struct err err = {0};
    struct io_listing listing;
    setenv("ROLLCALL_FAULT", "file.rename=error", 1);
    CHECK(io_write_file(in_dir("f"), SPAN("x"), 0600, &err) == STATUS_IO);
    unsetenv("ROLLCALL_FAULT");
    CHECK_OK(io_list_dir(test_arena(), test_dir(), &listing, &err));
    CHECK_INT(listing.n, 0);
}

TEST(fault, passed_points_can_be_written_down)
{
    struct err err = {0};
    BUF_SCOPED text = BUF_INIT(1000);
    setenv("ROLLCALL_FAULT_TRACE", in_dir("trace"), 1);
    CHECK_OK(io_write_file(in_dir("f"), SPAN("x"), 0600, &err));
    unsetenv("ROLLCALL_FAULT_TRACE");
    CHECK_OK(io_read_file(in_dir("trace"), &text, &err));
    CHECK_STR(buf_cstr(&text), "file.fsync\nfile.rename\n");
}

#endif

TEST(stop, a_signal_is_remembered_and_a_second_one_kills)
{
    struct err err = {0};
    int code = 0;
    CHECK(!stop_requested());
    CHECK_OK(stop_check(&err));
    pid_t child = fork();
    if (child == 0) {
        stop_install();
        raise(SIGTERM);
        bool is_right = stop_requested() && stop_check(&err) == STATUS_CANCELLED &&
                        strcmp(err.msg, "stopped by SIGTERM") == 0;
        if (is_right) {
            raise(SIGTERM);
        }
        _exit(1);
    }
    waitpid(child, &code, 0);
    CHECK(WIFSIGNALED(code) && WTERMSIG(code) == SIGTERM);
}

TEST(io, copy_has_every_byte_and_takes_no_name_that_is_taken)
{
    enum { LEN = 700001 }; /* more than a chunk, and not a multiple of one */
    BUF_SCOPED whole = BUF_INIT(BUF_TEXT_MAX);
    BUF_SCOPED copy = BUF_INIT(BUF_TEXT_MAX);
    struct err err = {0};
    const char *from = arena_printf(test_arena(), "%s/from", test_dir());
    const char *to = arena_printf(test_arena(), "%s/to", test_dir());
    for (size_t i = 0; i < LEN; i++) {
        buf_char(&whole, (char)(i * 7));
    }
    CHECK_OK(io_write_file(from, buf_view(&whole), 0600, &err));
    CHECK_OK(io_copy_file(from, to, 0600, &err));
    CHECK_OK(io_read_file(to, &copy, &err));
    CHECK(span_eq(buf_view(&whole), buf_view(&copy)));
    CHECK_INT(io_copy_file(from, to, 0600, &err), STATUS_IO);
    CHECK_INT(io_copy_file("/no/such/file", to, 0600, &err), STATUS_IO);
}

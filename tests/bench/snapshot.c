/* snapshot URL TABLE MODE FILE   reads TABLE by COPY (FORMAT binary) and prints wall and CPU seconds and
 * bytes. MODE: floor (rows are thrown away), one (a lane that compresses as it goes), background (a lane with
 * its own thread), two (two connections on halves of the table, a lane each). */
#include "archive/snapshot.h"
#include "base/clock.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static void
die(const char *what)
{
    fprintf(stderr, "snapshot bench: %s\n", what);
    exit(1);
}

/* Types whose binary form is their text. */
static bool
is_text(const char *type)
{
    static const char *const names[] = {"text", "varchar", "bpchar", "json", "xml", "name", "citext", "enum"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (str_eq(type, names[i])) {
            return true;
        }
    }
    return false;
}

/* As the driver would: integers and times are numbers, the rest is bytes. */
static struct snapshot_column *
describe(PGconn *link, const char *table, size_t *n, struct arena *arena)
{
    const char *const params[] = {table};
    PGresult *result = PQexecParams(
        link,
        "select attname, format_type(atttypid, atttypmod), case typtype when 'e' then 'enum' else "
        "typname end, attnotnull from "
        "pg_attribute join pg_type t on t.oid = atttypid where attrelid = "
        "$1::regclass and attnum > 0 and not attisdropped order by attnum",
        1, NULL, params, NULL, NULL, 0);
    static const char *const numbers[] = {"int2", "int4", "int8", "timestamp", "timestamptz", "date", "time"};
    *n = (size_t)PQntuples(result);
    struct snapshot_column *columns = arena_new_array(arena, struct snapshot_column, *n);
    for (size_t i = 0; i < *n; i++) {
        columns[i].name = arena_strdup(arena, PQgetvalue(result, (int)i, 0));
        columns[i].type = arena_strdup(arena, PQgetvalue(result, (int)i, 1));
        columns[i].form = is_text(PQgetvalue(result, (int)i, 2))
                              ? "text"
                              : arena_printf(arena, "pg.%s", PQgetvalue(result, (int)i, 2));
        for (size_t k = 0; k < COUNT_OF(numbers); k++) {
            if (str_eq(numbers[k], PQgetvalue(result, (int)i, 2))) {
                columns[i].traits.number = NUMBER_BIG_SIGNED;
            }
        }
    }
    PQclear(result);
    return columns;
}

struct stream {
    pthread_t thread;
    const char *url;
    char *copy;
    struct snapshot_lane *lane; /* NULL: thrown away */
    uint64_t rows;
    uint64_t bytes;
};

static void *
run(void *state)
{
    struct stream *stream = state;
    struct err err = {0};
    PGconn *link = PQconnectdb(stream->url);
    PGresult *result = PQexec(link, stream->copy);
    char *data = NULL;
    int len = 0;
    bool is_first = true;
    if (PQresultStatus(result) != PGRES_COPY_OUT) {
        die(PQerrorMessage(link));
    }
    PQclear(result);
    while ((len = PQgetCopyData(link, &data, 0)) > 0) {
        struct span image = {data, (size_t)len};
        if (is_first) { /* signature, flags and header extension stand before the first tuple */
            image.ptr += 19;
            image.len -= 19;
            is_first = false;
        }
        stream->bytes += image.len;
        if (image.len > 2) { /* the trailer is a field count of -1 */
            stream->rows++;
            if (stream->lane != NULL && snapshot_add(stream->lane, image, &err) != STATUS_OK) {
                die(err.msg);
            }
        }
        PQfreemem(data);
    }
    PQclear(PQgetResult(link));
    PQfinish(link);
    return NULL;
}

static double
seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void
report(const char *mode, const struct stream *streams, unsigned n, int64_t started, int64_t read_done,
       const struct snapshot_totals *totals)
{
    struct rusage usage;
    uint64_t rows = 0;
    uint64_t bytes = 0;
    getrusage(RUSAGE_SELF, &usage);
    for (unsigned i = 0; i < n; i++) {
        rows += streams[i].rows;
        bytes += streams[i].bytes;
    }
    printf("%s %.3f %.3f %.3f %llu %llu %llu %ld\n", mode, (double)(clock_monotonic_us() - started) / 1e6,
           (double)(read_done - started) / 1e6, seconds(usage.ru_utime) + seconds(usage.ru_stime),
           (unsigned long long)rows, (unsigned long long)bytes, (unsigned long long)totals->stored_bytes,
           usage.ru_maxrss / 1024);
}

int
main(int argc, char **argv)
{
    struct arena arena = {0};
    struct err err = {0};
    struct snapshot_totals totals = {0};
    struct snapshot_writer *writer = NULL;
    struct stream streams[2] = {0};
    if (argc != 5) {
        die("snapshot URL TABLE MODE FILE");
    }
    const char *mode = argv[3];
    unsigned n = strcmp(mode, "two") == 0 ? 2 : 1;
    PGconn *link = PQconnectdb(argv[1]);
    struct snapshot_header header = {.kind = "table", .engine = "postgresql", .table = argv[2]};
    header.columns = describe(link, argv[2], &header.n_columns, &arena);
    PGresult *result =
        PQexec(link, arena_printf(&arena, "select pg_relation_size('%s') / 8192 / 2, count(*) from %s",
                                  argv[2], argv[2]));
    uint64_t pages = 0;
    int64_t expected = atoll(PQgetvalue(result, 0, 1));
    (void)parse_u64(span_of(PQgetvalue(result, 0, 0)), &pages);
    PQclear(result);
    PQfinish(link);
    struct snapshot_options options = {.in_background = strcmp(mode, "background") == 0, .verifiers = 2};
    int64_t started = clock_monotonic_us();
    if (strcmp(mode, "floor") != 0 &&
        snapshot_create(argv[4], &header, &options, &writer, &err) != STATUS_OK) {
        die(err.msg);
    }
    for (unsigned i = 0; i < n; i++) {
        const char *where = n == 1 ? ""
                                   : arena_printf(&arena, " where ctid %s '(%llu,0)'",
                                                  i == 0 ? "<" : ">=", (unsigned long long)pages);
        streams[i].url = argv[1];
        streams[i].copy =
            arena_printf(&arena, "copy (select * from %s%s) to stdout (format binary)", argv[2], where);
        if (n == 1) {
            streams[i].copy = arena_printf(&arena, "copy %s to stdout (format binary)", argv[2]);
        }
        if (writer != NULL && snapshot_lane(writer, &streams[i].lane, &err) != STATUS_OK) {
            die(err.msg);
        }
        pthread_create(&streams[i].thread, NULL, run, &streams[i]);
    }
    for (unsigned i = 0; i < n; i++) {
        pthread_join(streams[i].thread, NULL);
    }
    int64_t read_done = clock_monotonic_us();
    if (writer != NULL && snapshot_finish(writer, expected, &totals, &err) != STATUS_OK) {
        die(err.msg);
    }
    report(mode, streams, n, started, read_done, &totals);
    arena_release(&arena);
    return 0;
}

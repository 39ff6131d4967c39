/* mysql_floor SOCKET DATABASE TABLE   reads the whole table by the binary protocol, every cell into a buffer,
 * looks at none of them and prints how many rows there were: what no snapshot by this protocol can be faster
 * than. Written against the client library alone, so that it owes nothing to the driver. */
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 4096 };

static void
die(const char *what)
{
    fprintf(stderr, "mysql_floor: %s\n", what);
    exit(1);
}

int
main(int argc, char **argv)
{
    MYSQL *link = mysql_init(NULL);
    char sql[256];
    unsigned long long rows = 0;
    if (argc != 4) {
        die("wants SOCKET DATABASE TABLE");
    }
    if (mysql_real_connect(link, NULL, "root", NULL, argv[2], 0, argv[1], 0) == NULL) {
        die(mysql_error(link));
    }
    (void)mysql_query(link, "set names utf8mb4");
    MYSQL_STMT *stmt = mysql_stmt_init(link);
    (void)snprintf(sql, sizeof(sql), "select * from `%s`", argv[3]);
    if (mysql_stmt_prepare(stmt, sql, strlen(sql)) != 0 || mysql_stmt_execute(stmt) != 0) {
        die(mysql_stmt_error(stmt));
    }
    unsigned n = mysql_stmt_field_count(stmt);
    MYSQL_BIND *binds = calloc(n, sizeof(*binds));
    char *room = malloc((size_t)n * ROOM);
    MYSQL_RES *meta = mysql_stmt_result_metadata(stmt);
    for (unsigned i = 0; i < n; i++) {
        binds[i].buffer_type = mysql_fetch_field_direct(meta, i)->type;
        binds[i].buffer = room + (size_t)i * ROOM;
        binds[i].buffer_length = ROOM;
    }
    mysql_free_result(meta);
    if (mysql_stmt_bind_result(stmt, binds)) {
        die(mysql_stmt_error(stmt));
    }
    int got;
    while ((got = mysql_stmt_fetch(stmt)) == 0 || got == MYSQL_DATA_TRUNCATED) {
        rows++;
    }
    if (got != MYSQL_NO_DATA) {
        die(mysql_stmt_error(stmt));
    }
    printf("%llu\n", rows);
    mysql_stmt_close(stmt);
    mysql_close(link);
    free(room);
    free(binds);
    return 0;
}

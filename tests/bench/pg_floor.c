/* pg_floor URL TABLE URL TABLE   reads two tables at once by binary COPY and throws the rows away: what a
 * comparison costs at least. */
#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct table {
    const char *url;
    const char *name;
    long rows;
};

static void *
read_table(void *state)
{
    struct table *table = state;
    PGconn *link = PQconnectdb(table->url);
    char sql[256];
    char *data = NULL;
    (void)snprintf(sql, sizeof(sql), "COPY %s TO STDOUT (FORMAT binary)", table->name);
    PGresult *result = PQexec(link, sql);
    if (PQresultStatus(result) != PGRES_COPY_OUT) {
        (void)fprintf(stderr, "%s", PQerrorMessage(link));
        exit(1);
    }
    PQclear(result);
    while (PQgetCopyData(link, &data, 0) > 0) {
        table->rows++;
        PQfreemem(data);
    }
    PQfinish(link);
    return NULL;
}

int
main(int argc, char **argv)
{
    pthread_t threads[2];
    struct table tables[2] = {{argv[1], argv[2], 0},
                              {argc > 4 ? argv[3] : NULL, argc > 4 ? argv[4] : NULL, 0}};
    int n = argc > 4 ? 2 : 1;
    for (int i = 0; i < n; i++) {
        if (pthread_create(&threads[i], NULL, read_table, &tables[i]) != 0) {
            return 1;
        }
    }
    for (int i = 0; i < n; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    return 0;
}

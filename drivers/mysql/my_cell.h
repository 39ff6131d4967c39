/* Values to and from the binary protocol: integers and floats exact, everything else as the server's text. */
#ifndef MY_CELL_H
#define MY_CELL_H

#include "base/arena.h"
#include "schema/value.h"

#include <mysql.h>
#include <stdbool.h>

struct cell;

/* Where a statement's rows land. All zero is empty; an own arena, since it outlives the cursor. */
struct cells {
    struct arena arena;
    struct cell *items;
    struct value *values;
    MYSQL_BIND *binds;
    size_t n;
};

void cells_release(struct cells *cells);
/* False: the statement says why. */
bool cells_bind_params(MYSQL_STMT *stmt, const struct value *params, size_t n, struct arena *scratch);
/* Once a statement: later executions find the same columns. */
bool cells_bind_result(struct cells *cells, MYSQL_STMT *stmt);
/* The values of the row just fetched, until the next fetch. NULL: the statement says why. */
const struct value *cells_read(struct cells *cells, MYSQL_STMT *stmt);

#endif

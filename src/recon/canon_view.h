/* Canonical cells read back: as numbers and times to compare them by a rule, as text to show them, as
 * literals to propose a repair. A cell is what canon_next gives. */
#ifndef RECON_CANON_VIEW_H
#define RECON_CANON_VIEW_H

#include "driver/driver.h"
#include "recon/canon.h"
#include "recon/decimal.h"

bool canon_is_null(struct span cell);
/* Exact numbers and booleans; false for anything else, floats and infinities included. */
bool canon_decimal(struct span cell, struct decimal *out);
bool canon_real(struct span cell, double *out); /* floats */
/* Dates and times with a date: microseconds since 1970, UTC. */
bool canon_time(struct span cell, int64_t *out_us);
/* Text, and JSON strings no: false. Borrowed. */
bool canon_text(struct span cell, struct span *out);

/* The tag, and the payload behind it. */
unsigned canon_open(struct span cell, struct span *payload);
/* Appends the JSON text of what stands in a JSON cell; false: it is none. */
bool canon_json(struct span value, struct buf *out);

/* For people, cut off where it is very long; NULL for NULL. Arena. */
char *canon_shown(struct span cell, struct arena *arena);
/* Appends it as a literal of that engine; false: such values have no literal here (arrays, bits, odd ones).
 */
bool canon_literal(struct span cell, const struct driver *driver, struct buf *out);

#endif

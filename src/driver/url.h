/* What stands in a database URL, without knowing the engine. */
#ifndef DRIVER_URL_H
#define DRIVER_URL_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>

/* "env:NAME" gives what that variable holds (borrowed); anything else is given back. USAGE when it is unset.
 */
enum status url_resolve(const char *url, const char **out, struct err *err) MUST_USE;

/* Without its password, for people: "postgres://ann@db/shop". Where it is not clear what is a password, more
 * is left out rather than less. Arena. */
char *url_redact(struct arena *arena, const char *url);

/* A password stands in the URL itself, where others can read it. */
bool url_has_password(const char *url);

#endif

/* Who runs the program. */
#ifndef BASE_USER_H
#define BASE_USER_H

#include "base/arena.h"

/* The person, as far as the system tells: ROLLCALL_AUTHOR, else the one behind sudo, else the user; "" for
 * nobody. Arena. */
const char *user_name(struct arena *arena);

#endif

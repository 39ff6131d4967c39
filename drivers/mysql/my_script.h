/* Cutting scripts as the mysql client would, and as a server would that got the whole text. */
#ifndef MY_SCRIPT_H
#define MY_SCRIPT_H

#include "driver/driver.h"

enum status my_split(struct conn *conn, struct span text, struct arena *arena, struct pieces *out,
                     struct err *err) MUST_USE;

#endif

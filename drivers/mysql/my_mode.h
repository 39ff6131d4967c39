/* The sql_mode that a script's text is read under, as lexer flags: two of the modes change where quotes end.
 */
#ifndef MY_MODE_H
#define MY_MODE_H

#include "base/map.h"
#include "driver/sqltok.h"

struct modes {
    unsigned initial; /* lexer flags of the session's default mode */
    unsigned current;
    struct arena *arena;
    struct map saved; /* user variables that hold a mode: "@old_sql_mode" to unsigned * */
};

/* The flags under a list of modes as the server spells it: "ANSI_QUOTES,STRICT_ALL_TABLES". */
unsigned modes_flags(struct span list);

void modes_init(struct modes *modes, unsigned initial, struct arena *arena);
/* Follows SET sql_mode; every other statement leaves the modes alone. */
void modes_follow(struct modes *modes, struct span statement);

#endif

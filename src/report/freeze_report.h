/* What the commands `freeze` and `thaw` print. */
#ifndef REPORT_FREEZE_REPORT_H
#define REPORT_FREEZE_REPORT_H

#include "migrate/freeze.h"
#include "report/console.h"

void freeze_print(const struct console *console, const struct freezes *freezes);
/* On stderr, before anything is frozen: how to end it with nothing but the engine's own client. */
void freeze_manual_print(const struct console *console, const struct session *session,
                         const struct freeze *freeze);
/* The SQL of a dry run, on stdout. */
void freeze_sql_print(const struct console *console, const struct freeze *freeze);
void thaw_print(const struct console *console, const struct thaw *thaw);
void thaw_sql_print(const struct console *console, const struct freeze_words *sql);

#endif

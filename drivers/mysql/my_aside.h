/* The user's triggers stand aside while rows are put back. */
#ifndef MY_ASIDE_H
#define MY_ASIDE_H

#include "mysql/my_conn.h"

/* Takes the tables' triggers away, if there are any, so that they can come back exactly, and lets no other
 * session write meanwhile. POLICY, before anything changed, when one could not come back. Commits. */
enum status
triggers_aside(struct my_conn *my, const struct table *tables, size_t n, struct err *err) MUST_USE;
/* Brings back what stands aside, this session's or a dead one's; does nothing when there is none. Commits. */
enum status triggers_back(struct my_conn *my, struct err *err) MUST_USE;

#endif

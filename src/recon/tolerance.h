/* When two cells count as the same: equal bytes, or a rule that the check names. Never on hashes. */
#ifndef RECON_TOLERANCE_H
#define RECON_TOLERANCE_H

#include "recon/check_file.h"

/* Canonical cells; `rule` NULL: only equal ones are the same. Numbers are compared exactly, as decimals;
 * floats, where one side has a float, as doubles. */
bool tolerance_same(const struct column_rule *rule, struct span a, struct span b);

#endif

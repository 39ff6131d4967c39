/* Force-included for clang-tidy, which sees one file at a time: what raises or annotates an error never
 * returns OK. */
#ifndef TOOLS_ANALYZER_H
#define TOOLS_ANALYZER_H

#include "base/err.h"

#undef err_raise
#define err_raise(err, status, ...)                                                                          \
    ((void)err_raise_at((err), (status), __FILE__, __LINE__, __VA_ARGS__), (status))
#define err_hint(...)            ((void)err_hint(__VA_ARGS__), STATUS_BUG)
#define err_wrap(...)            ((void)err_wrap(__VA_ARGS__), STATUS_BUG)
#define err_restate(err, status) ((void)err_restate((err), (status)), (status))

#endif

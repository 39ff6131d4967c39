/* One cell as a driver hands it over. */
#ifndef SCHEMA_VALUE_H
#define SCHEMA_VALUE_H

#include "base/str.h"

#include <stdint.h>

enum value_kind {
    VALUE_NULL,
    VALUE_INT,   /* decimal digits in `bytes` */
    VALUE_FLOAT, /* shortest text that reads back to the same double */
    VALUE_TEXT,  /* UTF-8, or the server's text form of any other type */
    VALUE_BYTES  /* raw bytes */
};

struct value {
    enum value_kind kind;
    struct span bytes; /* empty for NULL */
};

struct value value_null(void);
struct value value_text(const char *str); /* NULL pointer gives NULL */
struct value value_span(struct span text);
struct value value_bytes(struct span bytes);
/* The digits live in the arena. */
struct value value_int(struct arena *arena, int64_t number);

bool value_is_null(const struct value *value);
/* NULL or unreadable gives `fallback`. */
int64_t value_to_int(const struct value *value, int64_t fallback);
bool value_to_bool(const struct value *value); /* 1, t, true */
/* NULL gives "". */
char *value_to_str(const struct value *value, struct arena *arena);

#endif

/* Time and chance, in one place so that tests can fix them. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/str.h"

#include <stdint.h>

/* Microseconds since 1970-01-01 UTC. ROLLCALL_NOW (microseconds) fixes it in tests. */
int64_t clock_now_us(void);
/* Microseconds that only move forward. */
int64_t clock_monotonic_us(void);
/* Sleeps; returns early when a stop was requested (stop_requested in io.h). */
void clock_sleep_ms(uint32_t ms);

#define RFC3339_LEN 27
/* "2026-11-22T03:04:05.123456Z" */
void clock_rfc3339(int64_t us, char out[RFC3339_LEN + 1]);
/* Reads what databases and other programs write: date and time by "T" or a blank, any fraction, "Z", "+02",
 * "+0200",
 * "+02:00", also behind a blank; no zone means UTC. What follows is not looked at. False: it is no time. */
bool clock_parse(struct span text, int64_t *out_us);

/* Uniform in [0, bound); seeded from the system, or from ROLLCALL_SEED in tests. */
uint64_t random_below(uint64_t bound);
/* 16 random bytes as hex: operation ids. */
void random_id(char out[33]);

#endif

#include "base/clock.h"

#include "base/err.h"
#include "base/io.h"
#include "base/str.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t
read_us(clockid_t id)
{
    struct timespec now = {0};
    if (clock_gettime(id, &now) != 0) {
        bug("the system clock cannot be read");
    }
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
clock_now_us(void)
{
    int64_t fixed = 0;
    const char *text = getenv("ROLLCALL_NOW");
    if (text != NULL && parse_i64(span_of(text), &fixed)) {
        return fixed;
    }
    return read_us(CLOCK_REALTIME);
}

int64_t
clock_monotonic_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

/* In slices: a signal that comes between the question and the sleep costs one slice at most. */
void
clock_sleep_ms(uint32_t ms)
{
    enum { SLICE_MS = 50 };
    int64_t until = clock_monotonic_us() + (int64_t)ms * 1000;
    for (int64_t now = clock_monotonic_us(); now < until && !stop_requested(); now = clock_monotonic_us()) {
        int64_t us = until - now < SLICE_MS * 1000 ? until - now : SLICE_MS * 1000;
        struct timespec slice = {0, (long)(us * 1000)};
        nanosleep(&slice, NULL);
    }
}

void
clock_rfc3339(int64_t us, char out[RFC3339_LEN + 1])
{
    int64_t days = us / INT64_C(86400000000);
    int64_t rest = us % INT64_C(86400000000);
    if (rest < 0) {
        rest += INT64_C(86400000000);
        days--;
    }
    time_t seconds = (time_t)(days * 86400);
    struct tm tm = {0};
    if (gmtime_r(&seconds, &tm) == NULL || tm.tm_year < -1900 || tm.tm_year > 8099) {
        snprintf(out, RFC3339_LEN + 1, "0000-01-01T00:00:00.000000Z");
        return;
    }
    unsigned second = (unsigned)(rest / 1000000);
    snprintf(out, RFC3339_LEN + 1, "%04u-%02u-%02uT%02u:%02u:%02u.%06uZ",
             (unsigned)(tm.tm_year + 1900) % 10000U, (unsigned)(tm.tm_mon + 1) % 100U,
             (unsigned)tm.tm_mday % 100U, second / 3600 % 100, second / 60 % 60, second % 60,
             (unsigned)(rest % 1000000));
}

/* Reads `n` digits; false when there are fewer. */
static bool
cut_number(struct span *rest, size_t n, int64_t *out)
{
    uint64_t number = 0;
    if (rest->len < n || !parse_u64((struct span){rest->ptr, n}, &number)) {
        return false;
    }
    *out = (int64_t)number;
    *rest = (struct span){rest->ptr + n, rest->len - n};
    return true;
}

static bool
cut_char(struct span *rest, const char *any_of)
{
    if (rest->len == 0 || strchr(any_of, rest->ptr[0]) == NULL || rest->ptr[0] == '\0') {
        return false;
    }
    *rest = (struct span){rest->ptr + 1, rest->len - 1};
    return true;
}

/* Days since 1970-01-01 in the Gregorian calendar; years count from March so that leap days come last. */
static int64_t
days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = year / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* Minutes east of UTC; 0 when the text names no zone. */
static int64_t
cut_zone(struct span rest)
{
    int64_t hours = 0;
    int64_t minutes = 0;
    (void)cut_char(&rest, " ");
    bool is_west = rest.len > 0 && rest.ptr[0] == '-';
    if (!cut_char(&rest, "+-") || !cut_number(&rest, 2, &hours)) {
        return 0;
    }
    (void)cut_char(&rest, ":");
    (void)cut_number(&rest, 2, &minutes);
    return (is_west ? -1 : 1) * (hours * 60 + minutes);
}

bool
clock_parse(struct span text, int64_t *out_us)
{
    int64_t year = 0;
    int64_t month = 0;
    int64_t day = 0;
    int64_t hour = 0;
    int64_t minute = 0;
    int64_t second = 0;
    if (!cut_number(&text, 4, &year) || !cut_char(&text, "-") || !cut_number(&text, 2, &month) ||
        !cut_char(&text, "-") || !cut_number(&text, 2, &day) || !cut_char(&text, "T ") ||
        !cut_number(&text, 2, &hour) || !cut_char(&text, ":") || !cut_number(&text, 2, &minute) ||
        !cut_char(&text, ":") || !cut_number(&text, 2, &second)) {
        return false;
    }
    if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) {
        return false;
    }
    int64_t us = 0;
    if (cut_char(&text, ".,")) {
        int64_t digit = 0;
        for (int64_t unit = 100000; cut_number(&text, 1, &digit); unit /= 10) {
            us += digit * unit;
        }
    }
    int64_t minutes = days_of(year, month, day) * 1440 + hour * 60 + minute - cut_zone(text);
    *out_us = (minutes * 60 + second) * 1000000 + us;
    return true;
}

static pthread_once_t random_once = PTHREAD_ONCE_INIT;
static _Atomic uint64_t random_state;

static void
random_seed(void)
{
    uint64_t seed = 0;
    const char *text = getenv("ROLLCALL_SEED");
    if (text == NULL || !parse_u64(span_of(text), &seed)) {
        randombytes_buf(&seed, sizeof(seed));
    }
    atomic_store(&random_state, seed);
}

/* SplitMix64 (Steele, Lea, Flood 2014): one atomic addition, so any thread may ask. */
static uint64_t
random_next(void)
{
    pthread_once(&random_once, random_seed);
    uint64_t z = atomic_fetch_add(&random_state, UINT64_C(0x9E3779B97F4A7C15)) + UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

uint64_t
random_below(uint64_t bound)
{
    require(bound > 0);
    /* The lowest 2^64 mod bound values would make small results more likely. */
    uint64_t skip = (UINT64_MAX - bound + 1) % bound;
    uint64_t number = random_next();
    while (number < skip) {
        number = random_next();
    }
    return number % bound;
}

void
random_id(char out[33])
{
    unsigned char bytes[16];
    if (getenv("ROLLCALL_SEED") == NULL) {
        randombytes_buf(bytes, sizeof(bytes));
    } else {
        for (size_t i = 0; i < sizeof(bytes); i++) {
            bytes[i] = (unsigned char)random_below(256);
        }
    }
    sodium_bin2hex(out, 33, bytes, sizeof(bytes));
}

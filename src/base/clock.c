#include "base/clock.h"

#include "base/err.h"
#include "base/io.h"
#include "base/str.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
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

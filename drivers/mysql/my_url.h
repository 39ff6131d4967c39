/* Where to connect, and as whom: from the URL, the environment and the option files of the mysql client. */
#ifndef MY_URL_H
#define MY_URL_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>

enum tls_mode {
    TLS_UNSET,    /* verify off this machine, nothing on it */
    TLS_VERIFY,   /* encrypted, and the server has a certificate for its name that we trust */
    TLS_REQUIRED, /* encrypted, whoever it may be */
    TLS_OFF
};

/* Strings are never NULL; "" is absent. */
struct target {
    const char *user;
    const char *password;
    const char *host;
    unsigned port; /* 0: not given */
    const char *database;
    const char *socket;
    enum tls_mode tls;
    const char *tls_ca;
    const char *tls_cert;
    const char *tls_key;
    bool has_password;         /* an empty one counts */
    bool is_password_from_url; /* a URL made from this one has to carry it */
};

/* mysql://user:password@host:port/database?socket=PATH&tls=verify|required|off&tls_ca=FILE, percent-decoded.
 * USAGE when it is none. Strings: arena. */
enum status target_parse(const char *url, struct arena *arena, struct target *out, struct err *err) MUST_USE;
/* Fills what the URL left open: MYSQL_PWD, then the groups [client] and [rollcall] of /etc/my.cnf,
 * /etc/mysql/my.cnf and ~/.my.cnf. Nothing else in those files counts, so that none of them can switch off
 * what protects the connection. USAGE when others can read the password. */
enum status target_complete(struct target *target, struct arena *arena, struct err *err) MUST_USE;
/* The same for one file; a file that is not there is no error. */
enum status
target_read_options(struct target *target, const char *path, struct arena *arena, struct err *err) MUST_USE;
/* A URL for another database at the same place. Arena. */
char *target_url(const struct target *target, const char *database, struct arena *arena);
/* The way to the server does not leave this machine. */
bool target_is_local(const struct target *target);

#endif

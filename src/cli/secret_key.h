/* A secret key out of its file. */
#ifndef CLI_SECRET_KEY_H
#define CLI_SECRET_KEY_H

#include "base/sign.h"

/* Asks for the passphrase when there is one; USAGE when it is no key, or an open one that others may read. */
enum status secret_key_read(const char *file, struct sign_secret *out, struct err *err) MUST_USE;

#endif

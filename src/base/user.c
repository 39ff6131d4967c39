#include "base/user.h"

#include "base/str.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

const char *
user_name(struct arena *arena)
{
    static const char *const variables[] = {"ROLLCALL_AUTHOR", "SUDO_USER"};
    for (size_t i = 0; i < COUNT_OF(variables); i++) {
        const char *value = getenv(variables[i]);
        if (!str_is_empty(value)) {
            return arena_strdup(arena, value);
        }
    }
    const struct passwd *user = getpwuid(geteuid());
    return user == NULL ? "" : arena_strdup(arena, user->pw_name);
}

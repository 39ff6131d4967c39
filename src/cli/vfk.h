/* Virtual foreign keys as the configuration and the command line have them, and the databases they lie in. */
#ifndef CLI_VFK_H
#define CLI_VFK_H

#include "cli/command.h"
#include "recon/fk.h"

/* A service and its connection, opened when it is first needed. */
struct site {
    struct service service;
    struct conn *conn; /* NULL: not open yet; else in a transaction that reads */
};

struct sites {
    struct site *items;
    size_t n;
    const char **names; /* of the services, NULL-ended */
    struct command_context *context;
};

/* All services of the project, whatever --service says, or the one of --db. */
enum status sites_init(struct command_context *context, struct sites *out, struct err *err) MUST_USE;
void sites_release(struct sites *sites);
#define SITES_SCOPED CLEANUP(sites_release) struct sites

/* The connection of a service: read only, one consistent picture. `name` "": the only one. USAGE when there
 * is no such service, or several that could be meant. */
enum status sites_conn(struct sites *sites, const char *name, struct conn **out, struct err *err) MUST_USE;

/* The keys of [vfk] sections and of --vfk; with --service, those that touch it. */
enum status vfk_list(struct sites *sites, struct fk_list *out, struct err *err) MUST_USE;

#endif

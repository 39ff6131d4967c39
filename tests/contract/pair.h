/* Two databases of their own, on the same engine or on two, for what compares them. */
#ifndef TESTS_CONTRACT_PAIR_H
#define TESTS_CONTRACT_PAIR_H

#include "contract/rig.h"

struct place {
    enum engine engine;
    struct conn *server;
    struct conn *conn;
    const char *url;
    char name[64];
};

/* A skip when a server is not there. */
void run_pair(enum engine left, enum engine right, void (*run)(struct place places[2]));

#endif

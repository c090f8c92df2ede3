/* What all requests to one server share.
 *
 * Any thread, unless said otherwise. Not async-signal-safe. */
#ifndef CPPROF_COLLECTOR_SERVE_SERVER_H
#define CPPROF_COLLECTOR_SERVE_SERVER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "collector/serve/listen.h"

/* Caps. */
enum {
    SERVER_CONNECTIONS_MAX = 256,
    SERVER_WINDOWS_MAX = 128,     /* requests that wait for their `seconds` to pass */
    SERVER_WORKING_MAX = 2,       /* that copy an arena and make a profile of it, at once */
    SERVER_SECONDS_MAX = 3600,    /* `seconds` must be below */
    SERVER_HZ_MAX = 10000,        /* `hz` */
    SERVER_BODY_MAX = 4 << 20,    /* bytes of a request's body */
    SERVER_REQUEST_SECONDS = 30,  /* to send a request; a connection may idle as long */
    SERVER_ANSWER_SECONDS = 60,   /* to take an answer, and a second more for each ... */
    SERVER_ANSWER_BYTES_S = 32768 /* ... so many bytes */
};

enum { SERVER_ASK_LOCKS = 16 };

struct names;

struct server {
    struct listen_address address;
    bool tls;
    const char *token;   /* NULL: none needed */
    int only_pid;        /* the one process that is served; 0: all */
    uint64_t only_start; /* and when it was started; 0: that does not matter */
    struct names *names;
    int stop_fd; /* an eventfd that becomes readable when the server ends */

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    unsigned windows, working;
    unsigned requests; /* being answered */

    pthread_mutex_t asking[SERVER_ASK_LOCKS]; /* by process: one question about threads at a time */
};

/* Readies the shared state; address, token and which process are the caller's. 0 or a negative
 * errno; release it in every case, when no request is left. */
int server_init(struct server *s);
void server_release(struct server *s);

/* Has every window end. */
void server_stop(struct server *s);

/* Counts a request in and out; the last waits at most `ms` until none is left. True when so. */
void server_request_begins(struct server *s);
void server_request_ends(struct server *s);
bool server_drain(struct server *s, int ms);

/* Takes one of the windows; false when all are taken. */
bool server_window_take(struct server *s);
void server_window_give(struct server *s);

/* Waits until no more than SERVER_WORKING_MAX others work: copies of arenas are large. */
void server_work_begins(struct server *s);
void server_work_ends(struct server *s);

#endif

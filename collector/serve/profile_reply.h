/* A profile as a reply: names put in, then encoded or written as text.
 *
 * Any thread, one at a time per profile. Not async-signal-safe. */
#ifndef CPPROF_COLLECTOR_SERVE_PROFILE_REPLY_H
#define CPPROF_COLLECTOR_SERVE_PROFILE_REPLY_H

#include "arena/kinds.h"
#include "collector/serve/reply.h"
#include "collector/serve/server.h"
#include "proto/profile.h"

/* As a file to be saved under `filename`, gzip'd protobuf. */
void profile_reply(struct server *s, struct profile *p, const char *filename, struct reply *r);

struct profile_text {
    enum profile_kind kind;
    const char *name;        /* under which it was asked for */
    uint64_t mutex_fraction; /* the process's setting */
    uint64_t max_rss_bytes;  /* the most that it has had in memory, ever; 0: not known */
};

/* As the text of debug=1. */
void profile_reply_text(struct server *s, struct profile *p, const struct profile_text *text,
                        struct reply *r);

#endif

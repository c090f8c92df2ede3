/* From a place in the program to a bucket: unwinding, cutting the agent's own frames, labels.
 * All functions are async-signal-safe and keep errno. */
#ifndef CPPROF_PRELOAD_CAPTURE_H
#define CPPROF_PRELOAD_CAPTURE_H

#include <ucontext.h>

#include "preload/store.h"
#include "preload/unwind/unwind.h"

/* A stack trace in a scratch buffer, held until capture_release. */
struct capture {
    uint64_t *pcs;  /* leaf first */
    uint32_t depth; /* frames */
    uint32_t slot;
    enum unwind_end end;
};

/* Maps the scratch buffers. Called once, from agent_init. False without memory. */
bool capture_init(void);

/* The stack of the calling thread, from the caller of the hook. False, and counted, when no scratch
 * buffer is free. */
bool capture_here(struct store *s, struct capture *c);

/* The stack that a signal interrupted. */
bool capture_context(struct store *s, struct capture *c, const ucontext_t *uc);

/* A stack of one frame. */
bool capture_frame(struct store *s, struct capture *c, uint64_t pc);

/* The bucket of this stack, the calling thread's name and detail; the table-full bucket when
 * there is no room; NULL if not even that. Counts what was cut. */
struct arena_bucket *capture_bucket(struct store *s, struct capture *c, enum arena_event event,
                                    uint32_t detail);

void capture_release(struct capture *c);

/* True for addresses inside libcpprof.so. */
bool capture_is_own(uint64_t pc);

#endif

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
 * buffer is free and none can be mapped. */
bool capture_here(struct store *s, struct capture *c);

/* In a handler: whether the stack that it runs on has room for a capture. */
bool capture_has_room(const ucontext_t *uc);

/* The stack that a signal interrupted. */
bool capture_context(struct store *s, struct capture *c, const ucontext_t *uc);

/* A stack of one frame. */
bool capture_frame(struct store *s, struct capture *c, uint64_t pc);

/* Walks a stack of any thread from `start` into c->pcs, a buffer of capture_words() words. */
void capture_walk(struct capture *c, const struct unwind_start *start);
size_t capture_words(void);

/* Appends the root frame that says how the stack is incomplete, and returns it; 0 when it is not.
 * Once for a capture. */
uint64_t capture_mark(struct capture *c);

/* A stack in the arena, 0 when there is no room, and the calling thread's name. */
struct capture_key {
    arena_ref stack, label;
    struct trace *trace; /* of the stack, where its last bucket is kept; NULL: none */
};

/* Stores the stack; counts what was cut. Once for a capture. */
struct capture_key capture_key(struct store *s, struct capture *c);

/* The same for the calling thread's own stack; false when no scratch buffer is free. */
bool capture_key_here(struct store *s, struct capture_key *key);

/* The same from the hook's caller that a wait of this thread has published. */
bool capture_key_at(struct store *s, const struct wait_place *at, struct capture_key *key);

/* The bucket of that stack, name and detail; the table-full bucket when there is no room; NULL if
 * not even that. */
struct arena_bucket *capture_bucket_of(struct store *s, const struct capture_key *key,
                                       enum arena_event event, uint32_t detail);

/* Both in one. */
struct arena_bucket *capture_bucket(struct store *s, struct capture *c, enum arena_event event,
                                    uint32_t detail);

void capture_release(struct capture *c);

/* True for addresses inside libcpprof.so. */
bool capture_is_own(uint64_t pc);

#endif

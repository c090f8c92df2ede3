/* The threadcreate profile. Every thread counts, none is sampled: making one costs more. */
#include "preload/creation.h"

COLD bool creation_stack(struct capture_key *key) {
    *key = (struct capture_key){0};
    agent_fork_check();
    struct store *s = store_wait();
    return s && capture_key_here(s, key);
}

COLD void creation_count(const struct capture_key *key) {
    struct store *s = store_peek();
    if (!s)
        return;
    struct arena_bucket *b = capture_bucket_of(s, key, ARENA_EVENT_CREATE, 0);
    if (b)
        bucket_add(b, 0, 1);
    store_count(s, ARENA_CREATE_SAMPLES, 1);
}

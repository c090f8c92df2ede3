/* The threadcreate profile. Every thread counts, none is sampled: making one costs more. */
#include "preload/creation.h"

COLD struct capture_key creation_stack(void) {
    struct capture_key key = {0, 0};
    struct capture c;
    agent_fork_check();
    struct store *s = store_wait();
    if (s && capture_here(s, &c)) {
        key = capture_key(s, &c);
        capture_release(&c);
    }
    return key;
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

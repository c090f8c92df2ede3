/* Finds the messages of a profile by their ids, which need not be dense.
 *
 * For proto/, and for what reads other formats. One thread at a time; not async-signal-safe. */
#ifndef CPPROF_PROTO_IDS_H
#define CPPROF_PROTO_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ids_entry {
    uint64_t id;
    void *message; /* NULL: an empty slot */
};

struct ids {
    void **dense; /* owned; messages whose id is at most n_dense, by id */
    size_t n_dense;
    struct ids_entry *slots; /* owned; the others, open addressing */
    size_t n_slots;          /* a power of two, at least twice as many as messages */
};

/* An empty table for up to `n` messages; 0 or -ENOMEM. */
int ids_init(struct ids *ids, size_t n);
void ids_release(struct ids *ids); /* a zeroed one is allowed */

/* Adds a message, not NULL, unless its id is there already: then returns false. */
bool ids_add(struct ids *ids, uint64_t id, void *message);
/* The message with this id, or NULL. */
void *ids_get(const struct ids *ids, uint64_t id);

#endif

/* A table of fixed size from id to message. Most writers number from 1 on, so that most messages
 * are found by their id as an index. The others are in open addressing, at most half full, which
 * takes no memory as long as it is not touched. Its own address seeds the hash, so that a file
 * cannot hold ids that are known to collide. */
#include "proto/ids.h"

#include <errno.h>
#include <stdlib.h>

#include "proto/hash.h"

int ids_init(struct ids *ids, size_t n) {
    size_t n_slots = 16;

    while (n_slots / 2 < n)
        n_slots *= 2;
    *ids = (struct ids){.dense = calloc(n + 1, sizeof(*ids->dense)), .n_dense = n};
    ids->slots = calloc(n_slots, sizeof(*ids->slots));
    ids->n_slots = ids->slots ? n_slots : 0;
    return ids->dense && ids->slots ? 0 : -ENOMEM;
}

void ids_release(struct ids *ids) {
    free(ids->dense);
    free(ids->slots);
    *ids = (struct ids){0};
}

/* The entry with this id, or the empty one where it belongs. */
static struct ids_entry *entry(const struct ids *ids, uint64_t id) {
    size_t i = hash_number(id, (uintptr_t)ids->slots) & (ids->n_slots - 1);

    while (ids->slots[i].message && ids->slots[i].id != id)
        i = (i + 1) & (ids->n_slots - 1);
    return &ids->slots[i];
}

bool ids_add(struct ids *ids, uint64_t id, void *message) {
    struct ids_entry *at;

    if (id <= ids->n_dense) {
        if (ids->dense[id])
            return false;
        ids->dense[id] = message;
        return true;
    }
    at = entry(ids, id);
    if (at->message)
        return false;
    *at = (struct ids_entry){.id = id, .message = message};
    return true;
}

void *ids_get(const struct ids *ids, uint64_t id) {
    return id <= ids->n_dense ? ids->dense[id] : entry(ids, id)->message;
}

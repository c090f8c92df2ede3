/* The hash table of element numbers. It keeps 32 bits of each hash, so that it can grow without
 * asking what the elements are, and seldom looks at one that is another. */
#include "reader/export/index.h"

#include <stdlib.h>

static struct index_slot *free_slot(struct index_slot *slots, size_t n_slots, uint32_t hash) {
    size_t at = hash & (n_slots - 1);
    while (slots[at].number != 0)
        at = (at + 1) & (n_slots - 1);
    return &slots[at];
}

static bool grow(struct index *x) {
    size_t n_slots = x->n_slots ? x->n_slots * 2 : 256;
    struct index_slot *slots = calloc(n_slots, sizeof *slots);

    if (!slots)
        return false;
    for (size_t i = 0; i < x->n_slots; i++)
        if (x->slots[i].number != 0)
            *free_slot(slots, n_slots, x->slots[i].hash) = x->slots[i];
    free(x->slots);
    x->slots = slots;
    x->n_slots = n_slots;
    return true;
}

int64_t index_find_or_add(struct index *x, uint64_t wide_hash, index_same_fn *same,
                          const void *elements, const void *key, uint32_t next) {
    uint32_t hash = (uint32_t)(wide_hash ^ wide_hash >> 32);

    if (x->n * 2 >= x->n_slots && !grow(x))
        return INDEX_NO_MEMORY;
    for (size_t at = hash & (x->n_slots - 1);; at = (at + 1) & (x->n_slots - 1)) {
        struct index_slot *slot = &x->slots[at];
        if (slot->number == 0) {
            *slot = (struct index_slot){hash, next + 1};
            x->n++;
            return next;
        }
        if (slot->hash == hash && same(elements, slot->number - 1, key))
            return slot->number - 1;
    }
}

void index_release(struct index *x) {
    free(x->slots);
    *x = (struct index){0};
}

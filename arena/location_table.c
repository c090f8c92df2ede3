/* An open-addressing hash table with linear probing that only grows. Ids are 32 bits: an arena
 * holds fewer addresses than that. */
#include "arena/location_table.h"

#include <string.h>

enum { SLOTS_MIN = 4096 };

static struct location_slot *slot_of(const struct location_table *t, uint64_t pc,
                                     uint32_t mapping) {
    uint64_t hash = (pc ^ (uint64_t)mapping << 48) * UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mask = t->n_slots - 1, i = (hash ^ hash >> 32) & mask;
    while (t->slots[i].id && (t->slots[i].pc != pc || t->slots[i].mapping != mapping))
        i = (i + 1) & mask;
    return &t->slots[i];
}

static bool grow(struct location_table *t, const struct mem *mem) {
    struct location_table bigger = {.n_slots = t->n_slots ? t->n_slots * 2 : SLOTS_MIN, .n = t->n};
    size_t bytes = bigger.n_slots * sizeof *bigger.slots;
    bigger.slots = mem->resize(mem->ctx, NULL, 0, bytes);
    if (!bigger.slots)
        return false;
    memset(bigger.slots, 0, bytes);
    for (uint64_t i = 0; i < t->n_slots; i++)
        if (t->slots[i].id)
            *slot_of(&bigger, t->slots[i].pc, t->slots[i].mapping) = t->slots[i];
    location_table_release(t, mem);
    *t = bigger;
    return true;
}

uint32_t location_table_id(struct location_table *t, const struct mem *mem, uint64_t pc,
                           uint32_t mapping, bool *is_new) {
    if (t->n >= t->n_slots / 2 && !grow(t, mem))
        return 0;
    struct location_slot *s = slot_of(t, pc, mapping);
    *is_new = s->id == 0;
    if (*is_new)
        *s = (struct location_slot){pc, mapping, ++t->n};
    return s->id;
}

void location_table_release(struct location_table *t, const struct mem *mem) {
    if (t->slots)
        mem->resize(mem->ctx, t->slots, t->n_slots * sizeof *t->slots, 0);
    t->slots = NULL;
    t->n_slots = 0;
}

/* A table of tags, open addressing, at most half full. */
#include "reader/graph/tag_table.h"

#include <errno.h>
#include <stdlib.h>

#include "proto/hash.h"

enum { FIRST_ROOM = 64 };

void tag_table_release(struct tag_table *t) {
    free(t->entries);
    free(t->slots);
    *t = (struct tag_table){0};
}

static uint32_t *slot_of(const struct tag_table *t, uint32_t owner, const char *label,
                         const char *name) {
    uint64_t hash = hash_number(hash_number((uintptr_t)label, owner), (uintptr_t)name);
    size_t mask = t->n_slots - 1, i = hash & mask;

    for (; t->slots[i] != 0; i = (i + 1) & mask) {
        const struct tag_entry *e = &t->entries[t->slots[i] - 1];
        if (e->owner == owner && e->tag.label == label && e->tag.name == name)
            break;
    }
    return &t->slots[i];
}

/* Room for one more, and slots for twice as many. */
static int reserve(struct tag_table *t) {
    uint32_t room = t->room ? t->room * 2 : FIRST_ROOM;
    struct tag_entry *entries;
    uint32_t *slots;

    if (t->n < t->room)
        return 0;
    if (room > UINT32_MAX / 4)
        return -ENOMEM;
    entries = reallocarray(t->entries, room, sizeof(*entries));
    if (!entries)
        return -ENOMEM;
    t->entries = entries;
    slots = calloc((size_t)room * 2, sizeof(*slots));
    if (!slots)
        return -ENOMEM;
    free(t->slots);
    t->slots = slots;
    t->n_slots = (size_t)room * 2;
    t->room = room;
    for (uint32_t i = 0; i < t->n; i++)
        *slot_of(t, entries[i].owner, entries[i].tag.label, entries[i].tag.name) = i + 1;
    return 0;
}

struct graph_tag *tag_table_get(struct tag_table *t, uint32_t owner, const char *label,
                                const char *name, const char *unit, int64_t value) {
    uint32_t *slot;

    if (reserve(t) < 0)
        return NULL;
    slot = slot_of(t, owner, label, name);
    if (*slot == 0) {
        t->entries[t->n] = (struct tag_entry){
            .tag = {.name = name, .unit = unit, .value = value, .label = label}, .owner = owner};
        *slot = ++t->n;
    }
    return &t->entries[*slot - 1].tag;
}

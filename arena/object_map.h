/* Which mapped object an address of a stack lies in, and when: a read-only index over the arena's
 * list of objects, made for one snapshot. Signal and thread safety as in arena/snapshot.h. */
#ifndef CPPROF_ARENA_OBJECT_MAP_H
#define CPPROF_ARENA_OBJECT_MAP_H

#include "arena/view.h"
#include "proto/mem.h"

enum {
    OBJECT_NONE = UINT32_MAX,
    OBJECTS_MAX = 65536, /* newer ones are taken, older ones are not */
};

/* One executable mapping at some time. */
struct object_entry {
    uint64_t start, end; /* addresses [start, end) */
    uint64_t reach;      /* the greatest end of all entries up to this one's last twin in start */
    uint32_t epoch_first, epoch_last;
    uint32_t mapping; /* index of the entry that stands for the same code: itself, or a lower one */
    arena_ref ref;
};

struct object_map {
    struct object_entry *entries; /* by start, then epoch_first; owned */
    uint32_t n;
    uint32_t
        main; /* the program's own code: index of the oldest object, as `mapping`; OBJECT_NONE */
    bool cut; /* the list is longer than OBJECTS_MAX, or damaged */
    uint64_t room_bytes;
};

/* Reads the list of a checked view. Returns 0 or -ENOMEM; release it in both cases. */
int object_map_init(struct object_map *m, const struct arena_view *v, const struct mem *mem);
void object_map_release(struct object_map *m, const struct mem *mem);

/* The `mapping` of the object that held `pc` in `epoch`, or OBJECT_NONE. */
uint32_t object_map_find(const struct object_map *m, uint64_t pc, uint32_t epoch);

#endif

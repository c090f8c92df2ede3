/* The mapped objects of an arena as mappings of a profile, each made when it is first asked for.
 *
 * Not async-signal-safe. One thread at a time per object. */
#ifndef CPPROF_COLLECTOR_ARENA_MAPPINGS_H
#define CPPROF_COLLECTOR_ARENA_MAPPINGS_H

#include "arena/object_map.h"
#include "proto/profile.h"

struct arena_mappings {
    const struct arena_view *view; /* borrowed, as is the profile */
    struct profile *profile;
    struct object_map objects;
    struct profile_mapping **made; /* of the entries of `objects`, or NULL */
};

/* Reads the objects of a checked view. 0 or -ENOMEM; release it in both cases. */
int arena_mappings_init(struct arena_mappings *m, const struct arena_view *v,
                        struct profile *profile);
void arena_mappings_release(struct arena_mappings *m);

/* The mapping that held an address in an epoch; NULL where there was none, or with *err set to
 * -ENOMEM. */
struct profile_mapping *arena_mapping_at(struct arena_mappings *m, uint64_t pc, uint32_t epoch,
                                         int *err);

#endif

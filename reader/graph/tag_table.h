/* Tags by whose they are, label and name: what samples with that label add up to.
 *
 * One thread at a time; not async-signal-safe. Strings are compared by address: they are of one
 * profile, which has one copy of each content. */
#ifndef CPPROF_READER_GRAPH_TAG_TABLE_H
#define CPPROF_READER_GRAPH_TAG_TABLE_H

#include "reader/graph/graph.h"

struct tag_entry {
    struct graph_tag tag;
    uint32_t owner; /* such as a node's number */
};

struct tag_table {
    struct tag_entry *entries; /* in the order in which they were made */
    uint32_t n, room;
    uint32_t *slots; /* open addressing: number plus one */
    size_t n_slots;
};

void tag_table_release(struct tag_table *t); /* a zeroed one is allowed */

/* The tag of these three, made with that unit and value where it is not there. The pointer is valid
 * until the next call; NULL when out of memory. */
struct graph_tag *tag_table_get(struct tag_table *t, uint32_t owner, const char *label,
                                const char *name, const char *unit, int64_t value);

#endif

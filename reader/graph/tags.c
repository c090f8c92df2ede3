/* Tags: what of a node's values carries which labels, for pictures. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/hash.h"
#include "reader/graph/memory.h"
#include "reader/graph/order.h"

enum { FIRST_ROOM = 64 };

static uint32_t *tag_slot(const struct graph_memory *m, uint32_t node, const char *label,
                          const char *name) {
    uint64_t hash = hash_number(hash_number((uintptr_t)label, node), (uintptr_t)name);
    size_t mask = m->n_tag_slots - 1, i = hash & mask;

    for (; m->tag_slots[i] != 0; i = (i + 1) & mask) {
        const struct tag_entry *e = &m->tags[m->tag_slots[i] - 1];
        if (e->node == node && e->tag.label == label && e->tag.name == name)
            break;
    }
    return &m->tag_slots[i];
}

/* Room for one more, in slots that are at most half full. */
static int tags_reserve(struct graph_memory *m) {
    uint32_t room = m->tag_room ? m->tag_room * 2 : FIRST_ROOM;
    struct tag_entry *tags;
    uint32_t *slots;

    if (m->n_tags < m->tag_room)
        return 0;
    if (room > UINT32_MAX / 4)
        return -ENOMEM;
    tags = reallocarray(m->tags, room, sizeof(*tags));
    if (!tags)
        return -ENOMEM;
    m->tags = tags;
    slots = calloc((size_t)room * 2, sizeof(*slots));
    if (!slots)
        return -ENOMEM;
    free(m->tag_slots);
    m->tag_slots = slots;
    m->n_tag_slots = (size_t)room * 2;
    m->tag_room = room;
    for (uint32_t i = 0; i < m->n_tags; i++)
        *tag_slot(m, tags[i].node, tags[i].tag.label, tags[i].tag.name) = i + 1;
    return 0;
}

struct graph_tag *memory_tag(struct graph_memory *m, uint32_t node, const char *label,
                             const char *name, const char *unit, int64_t value) {
    uint32_t *slot;

    if (tags_reserve(m) < 0)
        return NULL;
    slot = tag_slot(m, node, label, name);
    if (*slot == 0) {
        m->tags[m->n_tags] = (struct tag_entry){
            .tag = {.name = name, .unit = unit, .value = value, .label = label}, .node = node};
        *slot = ++m->n_tags;
    }
    return &m->tags[*slot - 1].tag;
}

static bool is_numeric(const struct tag_entry *e) {
    return *e->tag.unit;
}

int memory_link_tags(struct graph_memory *m) {
    struct graph_tag *at = calloc((size_t)m->n_tags + 1, sizeof(*at));

    if (!at)
        return -ENOMEM;
    m->tag_lists = at;
    for (uint32_t i = 0; i < m->n_tags; i++) {
        struct graph_node *n = &m->nodes[m->tags[i].node];
        n->n_numeric_tags += is_numeric(&m->tags[i]);
        n->n_label_tags += !is_numeric(&m->tags[i]);
    }
    for (uint32_t i = 0; i < m->n_nodes; i++) {
        struct graph_node *n = &m->nodes[i];
        n->label_tags = at;
        n->numeric_tags = at + n->n_label_tags;
        at = n->numeric_tags + n->n_numeric_tags;
        n->n_label_tags = n->n_numeric_tags = 0;
    }
    for (uint32_t i = 0; i < m->n_tags; i++) {
        struct graph_node *n = &m->nodes[m->tags[i].node];
        if (is_numeric(&m->tags[i]))
            n->numeric_tags[n->n_numeric_tags++] = m->tags[i].tag;
        else
            n->label_tags[n->n_label_tags++] = m->tags[i].tag;
    }
    return 0;
}

int64_t tag_flat(const struct graph_tag *t) {
    return t->flat_div ? t->flat / t->flat_div : t->flat;
}

int64_t tag_cum(const struct graph_tag *t) {
    return t->cum_div ? t->cum / t->cum_div : t->cum;
}

static int by_flat(const void *a, const void *b) {
    const struct graph_tag *x = *(struct graph_tag *const *)a, *y = *(struct graph_tag *const *)b;
    int order = descending(x->flat, y->flat);

    return order ? order : strcmp(x->name, y->name);
}

static int by_cum(const void *a, const void *b) {
    const struct graph_tag *x = *(struct graph_tag *const *)a, *y = *(struct graph_tag *const *)b;
    int order = descending(x->cum, y->cum);

    return order ? order : by_flat(a, b);
}

void tags_sort(struct graph_tag **tags, size_t n, bool flat) {
    qsort(tags, n, sizeof(*tags), flat ? by_flat : by_cum);
}

static size_t trim(struct graph_tag *tags, size_t n, int64_t cutoff) {
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        if (magnitude(tags[i].flat) >= cutoff || magnitude(tags[i].cum) >= cutoff)
            tags[kept++] = tags[i];
    return kept;
}

void graph_trim_tags(struct graph *g, int64_t cutoff) {
    for (size_t i = 0; i < g->n_nodes; i++) {
        struct graph_node *n = g->nodes[i];
        n->n_label_tags = trim(n->label_tags, n->n_label_tags, cutoff);
        n->n_numeric_tags = trim(n->numeric_tags, n->n_numeric_tags, cutoff);
    }
}

/* The tables that a graph is built with: nodes by their info, edges by their ends.
 *
 * Open addressing, at most half full. Strings are compared by address, since a profile has one copy
 * of each content. The memory's address seeds the hashes, so that no file can be made to collide.
 */
#include "reader/graph/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/hash.h"

enum { FIRST_SLOTS = 256, FIRST_ROOM = 128 };

struct graph_memory *memory_new(struct profile *p, bool call_tree) {
    struct graph_memory *m = calloc(1, sizeof(*m));

    if (!m)
        return NULL;
    m->profile = p;
    m->node_slots = calloc(FIRST_SLOTS, sizeof(*m->node_slots));
    m->edge_slots = calloc(FIRST_SLOTS, sizeof(*m->edge_slots));
    m->nodes = calloc(FIRST_ROOM, sizeof(*m->nodes));
    m->functions = calloc(FIRST_ROOM, sizeof(*m->functions));
    m->parents = call_tree ? calloc(FIRST_ROOM, sizeof(*m->parents)) : NULL;
    m->n_node_slots = m->n_edge_slots = FIRST_SLOTS;
    m->node_room = FIRST_ROOM;
    if (!m->node_slots || !m->edge_slots || !m->nodes || !m->functions ||
        (call_tree && !m->parents)) {
        memory_free(m);
        return NULL;
    }
    return m;
}

void memory_free(struct graph_memory *m) {
    if (!m)
        return;
    free(m->nodes);
    free(m->parents);
    free(m->functions);
    free(m->node_slots);
    free(m->edges);
    free(m->edge_ends);
    free(m->edge_slots);
    free(m->edge_lists);
    tag_table_release(&m->tags);
    free(m->tag_lists);
    free(m->names);
    free(m);
}

/* Moves one array, the address of whose pointer is `array`, to a place with room for `room`. */
static int array_resize(void *array, size_t room, size_t size) {
    void *old, *at;

    memcpy(&old, array, sizeof(old));
    at = reallocarray(old, room, size);
    if (!at)
        return -ENOMEM;
    memcpy(array, &at, sizeof(at));
    return 0;
}

static size_t room_after(size_t room) {
    return room ? room * 2 : FIRST_ROOM;
}

/* ---- nodes */

static uint64_t address_of(const char *s) {
    return *s ? (uintptr_t)s : 0;
}

static uint64_t info_hash(const struct graph_memory *m, const struct node_info *i,
                          uint32_t parent) {
    uint64_t hash = hash_number(address_of(i->name), (uintptr_t)m);

    hash = hash_number(address_of(i->file) ^ hash, i->address);
    hash = hash_number((uint64_t)i->line ^ hash, (uint64_t)i->column);
    hash = hash_number((uint64_t)i->start_line ^ hash, address_of(i->objfile));
    return hash_number(address_of(i->orig_name) ^ hash, parent);
}

static bool same_string(const char *a, const char *b) {
    return address_of(a) == address_of(b);
}

static bool info_equal(const struct node_info *a, const struct node_info *b) {
    return a->address == b->address && a->line == b->line && a->column == b->column &&
           a->start_line == b->start_line && same_string(a->name, b->name) &&
           same_string(a->file, b->file) && same_string(a->objfile, b->objfile) &&
           same_string(a->orig_name, b->orig_name);
}

static uint32_t parent_of(const struct graph_memory *m, uint32_t node) {
    return m->parents ? m->parents[node] : NO_NODE;
}

/* The slot of a node, or the empty one where it belongs. */
static uint32_t *node_slot(const struct graph_memory *m, const struct node_info *info,
                           uint32_t parent) {
    size_t mask = m->n_node_slots - 1, i = info_hash(m, info, parent) & mask;
    uint32_t number;

    for (; (number = m->node_slots[i]) != 0; i = (i + 1) & mask)
        if (info_equal(&m->nodes[number - 1].info, info) && parent_of(m, number - 1) == parent)
            break;
    return &m->node_slots[i];
}

uint32_t memory_find_node(const struct graph_memory *m, const struct node_info *info,
                          uint32_t parent) {
    return *node_slot(m, info, parent) - 1;
}

static int node_slots_grow(struct graph_memory *m) {
    size_t n = m->n_node_slots * 2;
    uint32_t *slots = calloc(n, sizeof(*slots));

    if (!slots)
        return -ENOMEM;
    free(m->node_slots);
    m->node_slots = slots;
    m->n_node_slots = n;
    for (uint32_t i = 0; i < m->n_nodes; i++)
        *node_slot(m, &m->nodes[i].info, parent_of(m, i)) = i + 1;
    return 0;
}

static int nodes_reserve(struct graph_memory *m) {
    size_t room = room_after(m->node_room);

    if (m->n_nodes >= m->n_node_slots / 2 && node_slots_grow(m) < 0)
        return -ENOMEM;
    if (m->n_nodes < m->node_room)
        return 0;
    if (room >= NO_NODE || array_resize(&m->nodes, room, sizeof(*m->nodes)) < 0 ||
        array_resize(&m->functions, room, sizeof(*m->functions)) < 0 ||
        (m->parents && array_resize(&m->parents, room, sizeof(*m->parents)) < 0))
        return -ENOMEM;
    m->node_room = (uint32_t)room;
    return 0;
}

uint32_t memory_node(struct graph_memory *m, const struct node_info *info, uint32_t parent) {
    struct node_info whole = *info;
    uint32_t *slot = node_slot(m, info, parent), number, function;

    if (*slot != 0)
        return *slot - 1;
    if (nodes_reserve(m) < 0)
        return NO_NODE;
    number = m->n_nodes++;
    *node_slot(m, info, parent) = number + 1;
    m->nodes[number] = (struct graph_node){.info = *info, .index = SIZE_MAX};
    if (m->parents)
        m->parents[number] = parent;
    m->functions[number] = number;
    if (info->address == 0 && info->line == 0)
        return number;
    whole.address = 0;
    whole.line = whole.column = 0;
    function = memory_node(m, &whole, parent);
    if (function == NO_NODE)
        return NO_NODE;
    m->functions[number] = function;
    return number;
}

/* ---- edges */

static uint32_t *edge_slot(const struct graph_memory *m, uint64_t key) {
    size_t mask = m->n_edge_slots - 1, i = hash_number(key, (uintptr_t)m) & mask;

    while (m->edge_slots[i] != 0 && m->edge_ends[m->edge_slots[i] - 1] != key)
        i = (i + 1) & mask;
    return &m->edge_slots[i];
}

static int edge_slots_grow(struct graph_memory *m) {
    size_t n = m->n_edge_slots * 2;
    uint32_t *slots = calloc(n, sizeof(*slots));

    if (!slots)
        return -ENOMEM;
    free(m->edge_slots);
    m->edge_slots = slots;
    m->n_edge_slots = n;
    for (uint32_t i = 0; i < m->n_edges; i++)
        *edge_slot(m, m->edge_ends[i]) = i + 1;
    return 0;
}

static int edges_reserve(struct graph_memory *m) {
    size_t room = room_after(m->edge_room);

    if (m->n_edges >= m->n_edge_slots / 2 && edge_slots_grow(m) < 0)
        return -ENOMEM;
    if (m->n_edges < m->edge_room)
        return 0;
    if (room >= UINT32_MAX || array_resize(&m->edges, room, sizeof(*m->edges)) < 0 ||
        array_resize(&m->edge_ends, room, sizeof(*m->edge_ends)) < 0)
        return -ENOMEM;
    m->edge_room = (uint32_t)room;
    return 0;
}

struct graph_edge *memory_edge(struct graph_memory *m, uint32_t from, uint32_t to, bool *is_new) {
    uint64_t key = edge_key(from, to);
    uint32_t *slot = edge_slot(m, key);

    *is_new = *slot == 0;
    if (!*is_new)
        return &m->edges[*slot - 1];
    if (edges_reserve(m) < 0)
        return NULL;
    m->edge_ends[m->n_edges] = key;
    m->edges[m->n_edges] = (struct graph_edge){0};
    *edge_slot(m, key) = ++m->n_edges;
    return &m->edges[m->n_edges - 1];
}

/* ---- pointers of numbers */

void memory_list_edges(struct graph_memory *m) {
    struct graph_edge **at = m->edge_lists;

    for (uint32_t i = 0; i < m->n_nodes; i++)
        m->nodes[i].n_in = m->nodes[i].n_out = 0;
    for (uint32_t i = 0; i < m->n_edges; i++) {
        struct graph_edge *e = &m->edges[i];
        e->from->n_out += !e->dropped;
        e->to->n_in += !e->dropped;
    }
    for (uint32_t i = 0; i < m->n_nodes; i++) {
        struct graph_node *n = &m->nodes[i];
        n->in = at;
        n->out = at + n->n_in;
        at = n->out + n->n_out;
        n->n_in = n->n_out = 0;
    }
    for (uint32_t i = 0; i < m->n_edges; i++) {
        struct graph_edge *e = &m->edges[i];
        if (e->dropped)
            continue;
        e->from->out[e->from->n_out++] = e;
        e->to->in[e->to->n_in++] = e;
    }
}

int memory_link(struct graph_memory *m) {
    for (uint32_t i = 0; i < m->n_nodes; i++)
        m->nodes[i].function = &m->nodes[m->functions[i]];
    for (uint32_t i = 0; i < m->n_edges; i++) {
        m->edges[i].from = &m->nodes[m->edge_ends[i] >> 32];
        m->edges[i].to = &m->nodes[(uint32_t)m->edge_ends[i]];
    }
    free(m->edge_lists);
    m->edge_lists = calloc((size_t)m->n_edges * 2 + 1, sizeof(struct graph_edge *));
    if (!m->edge_lists)
        return -ENOMEM;
    memory_list_edges(m);
    return 0;
}

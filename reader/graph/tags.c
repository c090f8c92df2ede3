/* Tags: what of a node's values carries which labels, for pictures. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reader/graph/memory.h"
#include "reader/graph/order.h"

static bool is_numeric(const struct tag_entry *e) {
    return *e->tag.unit;
}

int memory_link_tags(struct graph_memory *m) {
    struct graph_tag *at = calloc((size_t)m->tags.n + 1, sizeof(*at));

    if (!at)
        return -ENOMEM;
    m->tag_lists = at;
    for (uint32_t i = 0; i < m->tags.n; i++) {
        struct graph_node *n = &m->nodes[m->tags.entries[i].owner];
        n->n_numeric_tags += is_numeric(&m->tags.entries[i]);
        n->n_label_tags += !is_numeric(&m->tags.entries[i]);
    }
    for (uint32_t i = 0; i < m->n_nodes; i++) {
        struct graph_node *n = &m->nodes[i];
        n->label_tags = at;
        n->numeric_tags = at + n->n_label_tags;
        at = n->numeric_tags + n->n_numeric_tags;
        n->n_label_tags = n->n_numeric_tags = 0;
    }
    for (uint32_t i = 0; i < m->tags.n; i++) {
        struct graph_node *n = &m->nodes[m->tags.entries[i].owner];
        if (is_numeric(&m->tags.entries[i]))
            n->numeric_tags[n->n_numeric_tags++] = m->tags.entries[i].tag;
        else
            n->label_tags[n->n_label_tags++] = m->tags.entries[i].tag;
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

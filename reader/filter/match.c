/* Messages by number, and which of them match. A regular expression sees each function, file and
 * mapping once, however many samples there are. */
#include "reader/filter/match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/hash.h"

/* ---- numbers */

/* Where in each kind of message its id is. */
#define NUMBER(list, ids)                                                                          \
    for (size_t i = 0; i < p->n_##list; i++) {                                                     \
        (ids)[i] = p->list[i]->id;                                                                 \
        p->list[i]->id = i;                                                                        \
    }
#define RESTORE(list, ids)                                                                         \
    for (size_t i = 0; i < p->n_##list; i++)                                                       \
        p->list[i]->id = (ids)[i];

int numbers_begin(struct profile *p, struct numbers *n) {
    n->mappings = calloc(p->n_mappings + 1, sizeof(*n->mappings));
    n->locations = calloc(p->n_locations + 1, sizeof(*n->locations));
    n->functions = calloc(p->n_functions + 1, sizeof(*n->functions));
    if (!n->mappings || !n->locations || !n->functions) {
        free(n->mappings);
        free(n->locations);
        free(n->functions);
        return -ENOMEM;
    }
    NUMBER(mappings, n->mappings)
    NUMBER(locations, n->locations)
    NUMBER(functions, n->functions)
    return 0;
}

void numbers_end(struct profile *p, struct numbers *n) {
    RESTORE(mappings, n->mappings)
    RESTORE(locations, n->locations)
    RESTORE(functions, n->functions)
    free(n->mappings);
    free(n->locations);
    free(n->functions);
}

/* ---- matches */

int matches_find(const struct profile *p, struct regexp *re, struct matches *m) {
    const char *file = NULL; /* functions of one file often stand together */
    bool file_matches = false;

    *m = (struct matches){0};
    if (!re)
        return 0;
    m->functions = calloc(p->n_functions + 1, sizeof(*m->functions));
    m->mappings = calloc(p->n_mappings + 1, sizeof(*m->mappings));
    if (!m->functions || !m->mappings) {
        matches_release(m);
        return -ENOMEM;
    }
    for (size_t i = 0; i < p->n_functions; i++) {
        const struct profile_function *f = p->functions[i];
        if (f->filename != file) {
            file = f->filename;
            file_matches = regexp_matches(re, file);
        }
        m->functions[i] = file_matches || regexp_matches(re, f->name);
    }
    for (size_t i = 0; i < p->n_mappings; i++)
        m->mappings[i] = regexp_matches(re, p->mappings[i]->file);
    return 0;
}

void matches_release(struct matches *m) {
    free(m->functions);
    free(m->mappings);
    *m = (struct matches){0};
}

bool matches_line(const struct matches *m, const struct profile_line *line) {
    return m->functions[line->function->id];
}

bool matches_mapping(const struct matches *m, const struct profile_location *l) {
    return l->mapping && m->mappings[l->mapping->id];
}

bool matches_location(const struct matches *m, const struct profile_location *l) {
    for (size_t i = 0; i < l->n_lines; i++)
        if (matches_line(m, &l->lines[i]))
            return true;
    return matches_mapping(m, l);
}

/* ---- pairs */

/* The slot where it is, or the empty one where it belongs. */
static struct pair *pair_slot(const struct pairs *t, const void *a, const void *b) {
    size_t mask = t->n_slots - 1;
    size_t i = hash_number((uintptr_t)a, (uintptr_t)b ^ (uintptr_t)t->slots) & mask;

    while ((t->slots[i].a || t->slots[i].b) && (t->slots[i].a != a || t->slots[i].b != b))
        i = (i + 1) & mask;
    return &t->slots[i];
}

struct pair *pairs_find(const struct pairs *t, const void *a, const void *b) {
    struct pair *slot = t->n_slots ? pair_slot(t, a, b) : NULL;

    return slot && (slot->a || slot->b) ? slot : NULL;
}

static int pairs_grow(struct pairs *t) {
    struct pairs larger = {.n = t->n, .n_slots = t->n_slots ? t->n_slots * 2 : 64};

    larger.slots = calloc(larger.n_slots, sizeof(*larger.slots));
    if (!larger.slots)
        return -ENOMEM;
    for (size_t i = 0; i < t->n_slots; i++)
        if (t->slots[i].a || t->slots[i].b)
            *pair_slot(&larger, t->slots[i].a, t->slots[i].b) = t->slots[i];
    free(t->slots);
    *t = larger;
    return 0;
}

int pairs_add(struct pairs *t, const void *a, const void *b, size_t value) {
    if (t->n * 2 >= t->n_slots && pairs_grow(t) < 0)
        return -ENOMEM;
    *pair_slot(t, a, b) = (struct pair){.a = a, .b = b, .value = value};
    t->n++;
    return 0;
}

void pairs_release(struct pairs *t) {
    free(t->slots);
    *t = (struct pairs){0};
}

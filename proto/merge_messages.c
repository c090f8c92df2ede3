/* Merging messages: each is looked up by its content among those of the result.
 *
 * The tables of the result are hash tables, made once with room for everything that can come and at
 * most half full. Their addresses seed the hashes, so that a file cannot hold messages that are
 * known to collide. What became of a message of the source at work is found by its id.
 *
 * Strings of the result are its pool's, one copy of each, and so equal when their addresses are. */
#include "proto/merge_messages.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/hash.h"

/* ---- tables */

static int table_init(struct merge_table *t, size_t n) {
    size_t n_slots = 16;

    while (n_slots / 2 < n)
        n_slots *= 2;
    t->slots = calloc(n_slots, sizeof(*t->slots));
    t->n_slots = n_slots;
    return t->slots ? 0 : -ENOMEM;
}

static uint64_t table_seed(const struct merge_table *t) {
    return (uintptr_t)t->slots;
}

static void hash_add(uint64_t *hash, uint64_t number, const struct merge_table *t) {
    *hash = hash_number(number ^ *hash, table_seed(t));
}

/* Whether the message with that number is the one at `like`. */
typedef bool same_fn(struct merge *m, size_t number, const void *like);

/* The slot of a message like this, or the empty one where it belongs: then with its hash. */
static struct merge_slot *table_slot(struct merge *m, struct merge_table *t, uint64_t hash,
                                     same_fn *same, const void *like) {
    size_t i = hash & (t->n_slots - 1);

    for (; t->slots[i].number; i = (i + 1) & (t->n_slots - 1))
        if (t->slots[i].hash == hash && same(m, t->slots[i].number, like))
            return &t->slots[i];
    t->slots[i].hash = hash;
    return &t->slots[i];
}

/* ---- mappings */

/* In pages, for the end of a mapping may lie anywhere in its last one. */
static uint64_t mapping_size(const struct profile_mapping *at) {
    return (at->limit - at->start + 0xfff) & ~UINT64_C(0xfff);
}

/* What tells a file from another; "" for none. */
static const char *mapping_name(const struct profile_mapping *at) {
    return at->build_id[0] ? at->build_id : at->file;
}

static bool mapping_same(struct merge *m, size_t number, const void *like) {
    const struct profile_mapping *a = m->p->mappings[number - 1], *b = like;

    return mapping_size(a) == mapping_size(b) && a->offset == b->offset &&
           strcmp(mapping_name(a), mapping_name(b)) == 0;
}

static struct profile_mapping *mapping_add(struct merge *m, const struct profile_mapping *from) {
    struct profile_mapping *to = profile_add_mapping(m->p);
    const char *file = profile_string(m->p, from->file);
    const char *build_id = profile_string(m->p, from->build_id);
    uint64_t id = to ? to->id : 0;

    if (!to || !file || !build_id)
        return NULL;
    *to = *from;
    to->id = id;
    to->file = file;
    to->build_id = build_id;
    return to;
}

/* What does not hold for both of two mappings does not hold for what they become. */
static void mapping_join(struct profile_mapping *to, const struct profile_mapping *from) {
    to->has_functions &= from->has_functions;
    to->has_filenames &= from->has_filenames;
    to->has_line_numbers &= from->has_line_numbers;
    to->has_inline_frames &= from->has_inline_frames;
}

int merge_mapping(struct merge *m, const struct profile_mapping *from) {
    const char *name = mapping_name(from);
    uint64_t hash = hash_bytes(name, strlen(name), table_seed(&m->mappings));
    struct merge_slot *slot;

    hash_add(&hash, mapping_size(from), &m->mappings);
    hash_add(&hash, from->offset, &m->mappings);
    slot = table_slot(m, &m->mappings, hash, mapping_same, from);
    if (slot->number) {
        if (!m->as_needed)
            mapping_join(m->p->mappings[slot->number - 1], from);
    } else {
        if (!mapping_add(m, from))
            return -ENOMEM;
        slot->number = m->p->n_mappings;
    }
    ids_add(&m->from_mappings, from->id, m->p->mappings[slot->number - 1]);
    return 0;
}

/* ---- functions and locations, at their first use; NULL when out of memory */

static struct profile_function *merge_function(struct merge *m,
                                               const struct profile_function *from) {
    struct profile_function *to = ids_get(&m->from_functions, from->id);

    if (to)
        return to;
    to = profile_function(m->p, from->name, from->system_name, from->filename, from->start_line);
    if (to)
        ids_add(&m->from_functions, from->id, to);
    return to;
}

static struct profile_mapping *mapping_of(const struct merge *m,
                                          const struct profile_location *from) {
    return from->mapping ? ids_get(&m->from_mappings, from->mapping->id) : NULL;
}

/* Of the source's location, where its mapping begins: the same wherever it was mapped. */
static uint64_t address_in_mapping(const struct profile_location *l) {
    return l->mapping ? l->address - l->mapping->start : l->address;
}

static bool location_same(struct merge *m, size_t number, const void *like) {
    const struct profile_location *a = m->p->locations[number - 1], *b = like;

    if (address_in_mapping(a) != address_in_mapping(b) || a->mapping != mapping_of(m, b) ||
        a->is_folded != b->is_folded || a->n_lines != b->n_lines)
        return false;
    for (size_t i = 0; i < a->n_lines; i++)
        if (a->lines[i].function != merge_function(m, b->lines[i].function) ||
            a->lines[i].line != b->lines[i].line || a->lines[i].column != b->lines[i].column)
            return false;
    return true;
}

static struct profile_location *location_add(struct merge *m, const struct profile_location *from) {
    struct profile_location *to = profile_add_location(m->p);

    if (!to)
        return NULL;
    to->mapping = mapping_of(m, from);
    to->address = address_in_mapping(from) + (to->mapping ? to->mapping->start : 0);
    to->is_folded = from->is_folded;
    to->lines = from->n_lines ? profile_alloc(m->p, from->n_lines * sizeof(*to->lines)) : NULL;
    if (from->n_lines && !to->lines)
        return NULL;
    for (; to->n_lines < from->n_lines; to->n_lines++) {
        to->lines[to->n_lines] = from->lines[to->n_lines];
        to->lines[to->n_lines].function = merge_function(m, from->lines[to->n_lines].function);
    }
    return to;
}

static struct profile_location *merge_location(struct merge *m,
                                               const struct profile_location *from) {
    struct profile_location *to = ids_get(&m->from_locations, from->id);
    struct merge_slot *slot;
    uint64_t hash = 0;

    if (to)
        return to;
    if (m->as_needed && from->mapping && !mapping_of(m, from) &&
        merge_mapping(m, from->mapping) < 0)
        return NULL;
    hash_add(&hash, address_in_mapping(from), &m->locations);
    hash_add(&hash, (uintptr_t)mapping_of(m, from), &m->locations);
    hash_add(&hash, from->is_folded, &m->locations);
    for (size_t i = 0; i < from->n_lines; i++) {
        struct profile_function *f = merge_function(m, from->lines[i].function);
        if (!f)
            return NULL;
        hash_add(&hash, (uintptr_t)f, &m->locations);
        hash_add(&hash, (uint64_t)from->lines[i].line, &m->locations);
        hash_add(&hash, (uint64_t)from->lines[i].column, &m->locations);
    }
    slot = table_slot(m, &m->locations, hash, location_same, from);
    if (!slot->number) {
        if (!location_add(m, from))
            return NULL;
        slot->number = m->p->n_locations;
    }
    to = m->p->locations[slot->number - 1];
    ids_add(&m->from_locations, from->id, to);
    return to;
}

/* ---- labels */

static bool label_is_number(const struct profile_label *l) {
    return l->str[0] == '\0';
}

/* By key, strings before numbers; those of one key stay as they are, for they are its list. */
static int label_order(const void *left, const void *right) {
    const struct profile_label *a = *(const struct profile_label *const *)left;
    const struct profile_label *b = *(const struct profile_label *const *)right;

    if (a->key != b->key)
        return (uintptr_t)a->key < (uintptr_t)b->key ? -1 : 1;
    if (label_is_number(a) != label_is_number(b))
        return label_is_number(b) ? -1 : 1;
    return a < b ? -1 : a > b;
}

static void labels_sort(const struct profile_label *labels, size_t n,
                        const struct profile_label **sorted) {
    for (size_t i = 0; i < n; i++)
        sorted[i] = &labels[i];
    qsort(sorted, n, sizeof(*sorted), label_order);
}

static bool label_same(const struct profile_label *a, const struct profile_label *b) {
    return a->key == b->key && a->str == b->str && a->num == b->num && a->num_unit == b->num_unit;
}

static int labels_take(struct merge *m, const struct profile_sample *from) {
    for (size_t i = 0; i < from->n_labels; i++) {
        const struct profile_label *l = &from->labels[i];
        struct profile_label to = {.key = profile_string(m->p, l->key),
                                   .str = profile_string(m->p, l->str),
                                   .num = l->num,
                                   .num_unit = profile_string(m->p, l->num_unit)};
        if (!to.key || !to.str || !to.num_unit)
            return -ENOMEM;
        m->labels[i] = to;
    }
    labels_sort(m->labels, from->n_labels, m->sorted);
    return 0;
}

/* ---- samples: of the one at work, the merge holds locations and labels */

static int64_t scaled(const struct merge *m, const struct profile_sample *from, size_t i) {
    return (int64_t)((uint64_t)from->values[i] * (uint64_t)m->scale);
}

static bool is_zero(const struct merge *m, const struct profile_sample *from) {
    for (size_t i = 0; i < m->p->n_sample_types; i++)
        if (scaled(m, from, i) != 0)
            return false;
    return true;
}

static bool sample_same(struct merge *m, size_t number, const void *like) {
    const struct profile_sample *a = &m->p->samples[number - 1], *b = like;

    if (a->n_locations != b->n_locations || a->n_labels != b->n_labels)
        return false;
    for (size_t i = 0; i < a->n_locations; i++)
        if (a->locations[i] != m->stack[i])
            return false;
    labels_sort(a->labels, a->n_labels, m->other_sorted);
    for (size_t i = 0; i < a->n_labels; i++)
        if (!label_same(m->other_sorted[i], m->sorted[i]))
            return false;
    return true;
}

static uint64_t sample_hash(const struct merge *m, size_t n_locations, size_t n_labels) {
    uint64_t hash = 0;

    hash_add(&hash, n_locations, &m->samples);
    for (size_t i = 0; i < n_locations; i++)
        hash_add(&hash, m->stack[i]->id, &m->samples);
    for (size_t i = 0; i < n_labels; i++) {
        hash_add(&hash, (uintptr_t)m->sorted[i]->key, &m->samples);
        hash_add(&hash, (uintptr_t)m->sorted[i]->str, &m->samples);
        hash_add(&hash, (uint64_t)m->sorted[i]->num, &m->samples);
        hash_add(&hash, (uintptr_t)m->sorted[i]->num_unit, &m->samples);
    }
    return hash;
}

static struct profile_sample *sample_add(struct merge *m, const struct profile_sample *from) {
    struct profile_sample *to = profile_add_sample(m->p);

    if (!to)
        return NULL;
    to->locations = profile_alloc(m->p, from->n_locations * sizeof(*to->locations));
    to->labels = profile_alloc(m->p, from->n_labels * sizeof(*to->labels));
    to->values = profile_alloc(m->p, m->p->n_sample_types * sizeof(*to->values));
    if (!to->locations || !to->labels || !to->values)
        return NULL;
    to->n_locations = from->n_locations;
    to->n_labels = from->n_labels;
    if (from->n_locations)
        memcpy(to->locations, m->stack, from->n_locations * sizeof(*to->locations));
    if (from->n_labels)
        memcpy(to->labels, m->labels, from->n_labels * sizeof(*to->labels));
    return to;
}

int merge_sample(struct merge *m, const struct profile_sample *from) {
    struct merge_slot *slot;
    int64_t *values;

    if (is_zero(m, from))
        return 0;
    for (size_t i = 0; i < from->n_locations; i++)
        if (!(m->stack[i] = merge_location(m, from->locations[i])))
            return -ENOMEM;
    if (labels_take(m, from) < 0)
        return -ENOMEM;
    slot = table_slot(m, &m->samples, sample_hash(m, from->n_locations, from->n_labels),
                      sample_same, from);
    if (!slot->number) {
        if (!sample_add(m, from))
            return -ENOMEM;
        slot->number = m->p->n_samples;
    }
    values = m->p->samples[slot->number - 1].values;
    for (size_t i = 0; i < m->p->n_sample_types; i++) /* wraps, as Go's */
        values[i] = (int64_t)((uint64_t)values[i] + (uint64_t)scaled(m, from, i));
    return 0;
}

/* ---- all of it */

int merge_init(struct merge *m, struct profile *p, const struct merge_room *room) {
    m->p = p;
    m->stack = calloc(room->stack + 1, sizeof(*m->stack));
    m->labels = calloc(room->labels + 1, sizeof(*m->labels));
    m->sorted = calloc(room->labels + 1, sizeof(*m->sorted));
    m->other_sorted = calloc(room->labels + 1, sizeof(*m->other_sorted));
    if (!m->stack || !m->labels || !m->sorted || !m->other_sorted ||
        table_init(&m->mappings, room->mappings) < 0 ||
        table_init(&m->locations, room->locations) < 0 ||
        table_init(&m->samples, room->samples) < 0)
        return -ENOMEM;
    return 0;
}

static void release_source(struct merge *m) {
    ids_release(&m->from_mappings);
    ids_release(&m->from_locations);
    ids_release(&m->from_functions);
}

void merge_release(struct merge *m) {
    release_source(m);
    free(m->mappings.slots);
    free(m->locations.slots);
    free(m->samples.slots);
    free(m->stack);
    free(m->labels);
    free(m->sorted);
    free(m->other_sorted);
}

int merge_source_begin(struct merge *m, const struct merge_source *source) {
    const struct profile *from = source->profile;

    release_source(m);
    m->scale = source->scale;
    if (ids_init(&m->from_mappings, from->n_mappings) < 0 ||
        ids_init(&m->from_locations, from->n_locations) < 0 ||
        ids_init(&m->from_functions, from->n_functions) < 0)
        return -ENOMEM;
    return 0;
}

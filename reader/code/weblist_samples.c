/* What the samples say: the weight of each address, and which are of interest. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "reader/code/weblist.h"

/* Of one location of the profile. */
struct place {
    uint64_t address;
    int64_t flat, cum;
    bool seen;
};

/* ---- weights */

/* Locations without an address get one above all mappings. */
static void set_addresses(const struct profile *p, struct place *places) {
    uint64_t next = 1;

    for (size_t i = 0; i < p->n_mappings; i++)
        if (p->mappings[i]->limit > next)
            next = p->mappings[i]->limit;
    for (size_t i = 0; i < p->n_locations; i++) {
        p->locations[i]->index = (uint32_t)i;
        places[i].address = p->locations[i]->address;
    }
    for (size_t i = 0; i < p->n_locations; i++)
        if (places[i].address == 0)
            places[i].address = next++;
}

static void add_sample(const struct report *r, const struct profile_sample *s,
                       struct place *places) {
    int64_t divisor, value = report_sample_value(r, s, &divisor);

    if (divisor != 0)
        value /= divisor;
    for (size_t i = 0; i < s->n_locations; i++) {
        struct place *place = &places[s->locations[i]->index];

        place->seen = true;
        place->cum += value;
        if (i == 0)
            place->flat += value;
    }
}

static int cost_by_address(const void *a, const void *b) {
    const struct weblist_cost *x = a, *y = b;

    return (x->address > y->address) - (x->address < y->address);
}

/* One cost for each address, whatever the number of locations that have it. */
static int set_costs(struct weblist *w, const struct place *places, size_t n) {
    size_t used = 0;

    w->costs = malloc((n + 1) * sizeof(*w->costs));
    if (!w->costs)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        if (places[i].seen)
            w->costs[w->n_costs++] =
                (struct weblist_cost){places[i].address, places[i].flat, places[i].cum};
    qsort(w->costs, w->n_costs, sizeof(*w->costs), cost_by_address);
    for (size_t i = 0; i < w->n_costs; i++) {
        if (used > 0 && w->costs[used - 1].address == w->costs[i].address) {
            w->costs[used - 1].flat += w->costs[i].flat;
            w->costs[used - 1].cum += w->costs[i].cum;
        } else {
            w->costs[used++] = w->costs[i];
        }
    }
    w->n_costs = used;
    return 0;
}

const struct weblist_cost *weblist_cost(const struct weblist *w, uint64_t from) {
    size_t low = 0, high = w->n_costs;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (w->costs[middle].address < from)
            low = middle + 1;
        else
            high = middle;
    }
    return w->costs + low;
}

/* ---- names */

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int add_name(struct weblist *w, const char *name) {
    if (!grow_array(&w->names, w->n_names, sizeof(*w->names)))
        return -ENOMEM;
    w->names[w->n_names++] = name;
    return 0;
}

static bool has_name(const struct weblist *w, const char *name) {
    return name[0] && w->n_names > 0 &&
           bsearch(&name, w->names, w->n_names, sizeof(*w->names), by_text);
}

bool weblist_shows(const struct weblist *w, const struct weblist_frame *f) {
    return has_name(w, f->function) || has_name(w, f->system_name);
}

static int by_system_name(const void *a, const void *b) {
    const struct profile_function *x = *(const struct profile_function *const *)a;
    const struct profile_function *y = *(const struct profile_function *const *)b;

    return strcmp(x->system_name, y->system_name);
}

static int set_functions(struct weblist *w) {
    const struct profile *p = w->report->profile;

    w->functions = malloc((p->n_functions + 1) * sizeof(*w->functions));
    if (!w->functions)
        return -ENOMEM;
    for (size_t i = 0; i < p->n_functions; i++)
        if (p->functions[i]->system_name[0])
            w->functions[w->n_functions++] = p->functions[i];
    qsort(w->functions, w->n_functions, sizeof(*w->functions), by_system_name);
    return 0;
}

const char *weblist_function(const struct weblist *w, const struct weblist_frame *f) {
    const struct profile_function wanted = {.system_name = f->system_name}, *key = &wanted;
    const struct profile_function **found =
        w->n_functions == 0
            ? NULL
            : bsearch(&key, w->functions, w->n_functions, sizeof(*w->functions), by_system_name);

    return found ? (*found)->name : f->function;
}

/* ---- targets */

/* The object of a mapping, opened the first time; NULL if it has none. */
static int find_object(struct weblist *w, const struct profile_mapping *m,
                       struct code_object **object) {
    char why[256];

    *object = NULL;
    if (!m)
        return 0;
    for (size_t i = 0; i < w->n_objects; i++)
        if (w->objects[i].mapping == m) {
            *object = w->objects[i].object;
            return 0;
        }
    if (!grow_array(&w->objects, w->n_objects, sizeof(*w->objects)))
        return -ENOMEM;
    if (code_object_open(m, object, why, sizeof(why)) == -ENOMEM)
        return -ENOMEM;
    w->objects[w->n_objects++] = (struct weblist_object){m, *object};
    return 0;
}

static int add_target(struct weblist *w, uint64_t address, const struct profile_location *l) {
    struct weblist_target t = {address, l, NULL};
    uint64_t in_file;
    int rc = find_object(w, l->mapping, &t.object);

    if (rc == 0 && !grow_array(&w->targets, w->n_targets, sizeof(*w->targets)))
        rc = -ENOMEM;
    if (rc < 0)
        return rc;
    if (t.object && !code_object_address(t.object, address, &in_file))
        t.object = NULL;
    w->targets[w->n_targets++] = t;
    return 0;
}

static bool line_matches(const struct report *r, const struct profile_line *line) {
    const struct profile_function *f = line->function;

    return regexp_matches(r->symbol, f->name) || regexp_matches(r->symbol, f->system_name) ||
           regexp_matches(r->symbol, f->filename);
}

/* Whether line `i` of a location is one that is asked for. By an address, it is the function there,
 * not what was inlined into it. */
static bool is_wanted(const struct report *r, const struct profile_location *l, size_t i,
                      uint64_t address) {
    if (!l->lines[i].function)
        return false;
    if (!r->symbol || (r->has_address && address == r->address))
        return i == l->n_lines - 1;
    return (i == 0 && l->mapping && regexp_matches(r->symbol, l->mapping->file)) ||
           line_matches(r, &l->lines[i]);
}

static int add_location(struct weblist *w, const struct profile_location *l, uint64_t address) {
    bool wanted = false;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < l->n_lines; i++) {
        if (!is_wanted(w->report, l, i, address))
            continue;
        wanted = true;
        rc = add_name(w, l->lines[i].function->name);
        if (rc == 0)
            rc = add_name(w, l->lines[i].function->system_name);
    }
    return rc == 0 && wanted ? add_target(w, address, l) : rc;
}

static int target_by_address(const void *a, const void *b) {
    const struct weblist_target *x = a, *y = b;

    return (x->address > y->address) - (x->address < y->address);
}

static void sort_targets(struct weblist *w) {
    size_t used = 0;

    if (w->n_names > 0)
        qsort(w->names, w->n_names, sizeof(*w->names), by_text);
    if (w->n_targets > 0)
        qsort(w->targets, w->n_targets, sizeof(*w->targets), target_by_address);
    for (size_t i = 0; i < w->n_targets; i++)
        if (used == 0 || w->targets[used - 1].address != w->targets[i].address)
            w->targets[used++] = w->targets[i];
    w->n_targets = used;
}

int weblist_read_samples(struct weblist *w) {
    const struct profile *p = w->report->profile;
    struct place *places = calloc(p->n_locations + 1, sizeof(*places));
    int rc = places ? 0 : -ENOMEM;

    if (rc == 0) {
        set_addresses(p, places);
        for (size_t i = 0; i < p->n_samples; i++)
            add_sample(w->report, &p->samples[i], places);
        rc = set_costs(w, places, p->n_locations);
    }
    if (rc == 0)
        rc = set_functions(w);
    for (size_t i = 0; rc == 0 && i < p->n_locations; i++)
        if (places[i].seen)
            rc = add_location(w, p->locations[i], places[i].address);
    sort_targets(w);
    free(places);
    return rc;
}

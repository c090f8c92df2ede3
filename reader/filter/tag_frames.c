/* tagroot and tagleaf: what labels say becomes a frame, at the root or at the leaf of each stack.
 * Each distinct value of a key is one new location of one new function, whose file is the key. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/filter/filter.h"
#include "reader/filter/match.h"
#include "reader/measure.h"

struct keys {
    const char **at; /* owned; strings of the profile */
    size_t n;
    bool matched;
};

struct tag_frames {
    struct profile *p;
    const char *unit;
    struct pairs known; /* value and key to the place of a location in `locations` */
    struct profile_location **locations; /* owned */
    size_t n_locations, locations_room;
    uint64_t last_location_id, last_function_id;
    char *text; /* owned: the value at work */
    size_t text_bytes;
};

/* ---- keys */

static int keys_read(struct keys *k, struct profile *p, const char *list) {
    size_t n = 1;

    for (const char *at = list; *at; at++)
        n += *at == ',';
    k->at = calloc(n, sizeof(*k->at));
    if (!k->at)
        return -ENOMEM;
    for (const char *at = list; *at;) {
        size_t length = strcspn(at, ",");
        if (length > 0 && !(k->at[k->n++] = profile_string_n(p, at, length)))
            return -ENOMEM;
        at += length + (at[length] == ',');
    }
    return 0;
}

/* ---- the text of one key's labels in one sample: texts, then numbers, separated by commas */

static int text_add(struct tag_frames *t, const char *add, bool first) {
    size_t used = first ? 0 : strlen(t->text), need = used + strlen(add) + 2;
    char *text = t->text;

    if (need > t->text_bytes) {
        text = realloc(t->text, need * 2);
        if (!text)
            return -ENOMEM;
        t->text = text;
        t->text_bytes = need * 2;
    }
    sprintf(t->text + used, "%s%s", first ? "" : ",", add);
    return 0;
}

/* A number in the unit of the report, or bare if none of this key in this sample has a unit. */
static char *number_text(const struct tag_frames *t, const struct profile_label *l, bool has_units,
                         char text[MEASURE_LABEL_BYTES]) {
    return measure_label(l->num, has_units ? l->num_unit : "", has_units ? t->unit : "", text);
}

static int sample_text(struct tag_frames *t, const struct profile_sample *s, const char *key,
                       size_t *n_values) {
    bool has_units = false;
    int err = text_add(t, "", true);

    *n_values = 0;
    for (size_t i = 0; i < s->n_labels && !err; i++) {
        const struct profile_label *l = &s->labels[i];
        if (strcmp(l->key, key) != 0)
            continue;
        has_units |= l->num_unit[0] != '\0';
        if (label_is_text(l))
            err = text_add(t, l->str, (*n_values)++ == 0);
    }
    for (size_t i = 0; i < s->n_labels && !err; i++) {
        const struct profile_label *l = &s->labels[i];
        char number[MEASURE_LABEL_BYTES];
        if (!label_is_text(l) && strcmp(l->key, key) == 0)
            err = text_add(t, number_text(t, l, has_units, number), (*n_values)++ == 0);
    }
    return err;
}

/* ---- frames */

static struct profile_location *location_new(struct tag_frames *t, const char *name,
                                             const char *key) {
    struct profile_function *f = profile_add_function(t->p);
    struct profile_location *l = profile_add_location(t->p);
    struct profile_line *line = profile_alloc(t->p, sizeof(*line));

    if (!f || !l || !line)
        return NULL;
    f->id = ++t->last_function_id;
    f->name = name;
    f->filename = key;
    line->function = f;
    l->id = ++t->last_location_id;
    l->lines = line;
    l->n_lines = 1;
    return l;
}

/* The location of the text at work; NULL when out of memory. */
static struct profile_location *location_for(struct tag_frames *t, const char *key) {
    const char *name = profile_string(t->p, t->text);
    struct pair *known = name ? pairs_find(&t->known, name, key) : NULL;

    if (!name || known)
        return name ? t->locations[known->value] : NULL;
    if (t->n_locations == t->locations_room) {
        size_t room = t->locations_room ? t->locations_room * 2 : 16;
        void *locations = realloc(t->locations, room * sizeof(*t->locations));
        if (!locations)
            return NULL;
        t->locations = locations;
        t->locations_room = room;
    }
    t->locations[t->n_locations] = location_new(t, name, key);
    if (!t->locations[t->n_locations] || pairs_add(&t->known, name, key, t->n_locations) < 0)
        return NULL;
    return t->locations[t->n_locations++];
}

/* One location for each key, the last key first: the first is nearest to the root. */
static int add_frames(struct tag_frames *t, const struct profile_sample *s, struct keys *keys,
                      struct profile_location **to) {
    for (size_t i = 0; i < keys->n; i++) {
        const char *key = keys->at[keys->n - 1 - i];
        size_t n_values;
        if (sample_text(t, s, key, &n_values) < 0)
            return -ENOMEM;
        keys->matched |= n_values > 0;
        to[i] = location_for(t, key);
        if (!to[i])
            return -ENOMEM;
    }
    return 0;
}

static int frame_sample(struct tag_frames *t, struct profile_sample *s, struct keys *roots,
                        struct keys *leaves) {
    size_t n = leaves->n + s->n_locations + roots->n;
    struct profile_location **locations = profile_alloc(t->p, n * sizeof(*locations));

    /* In pprof's order, which gives new locations their IDs. */
    if (!locations || add_frames(t, s, roots, locations + leaves->n + s->n_locations) < 0 ||
        add_frames(t, s, leaves, locations) < 0)
        return -ENOMEM;
    if (s->n_locations)
        memcpy(locations + leaves->n, s->locations, s->n_locations * sizeof(*locations));
    s->locations = locations;
    s->n_locations = n;
    return 0;
}

static void find_last_ids(struct tag_frames *t) {
    for (size_t i = 0; i < t->p->n_locations; i++)
        if (t->p->locations[i]->id > t->last_location_id)
            t->last_location_id = t->p->locations[i]->id;
    for (size_t i = 0; i < t->p->n_functions; i++)
        if (t->p->functions[i]->id > t->last_function_id)
            t->last_function_id = t->p->functions[i]->id;
}

int filter_tag_frames(struct profile *p, const struct options *o) {
    struct tag_frames t = {.p = p, .unit = o->unit};
    struct keys roots = {0}, leaves = {0};
    int err = keys_read(&roots, p, o->tagroot);

    if (!err)
        err = keys_read(&leaves, p, o->tagleaf);
    find_last_ids(&t);
    for (size_t i = 0; i < p->n_samples && !err && roots.n + leaves.n > 0; i++)
        err = frame_sample(&t, &p->samples[i], &roots, &leaves);
    if (!err && *o->tagroot && !roots.matched)
        fputs("TagRoot expression matched no samples\n", stderr);
    if (!err && *o->tagleaf && !leaves.matched)
        fputs("TagLeaf expression matched no samples\n", stderr);
    pairs_release(&t.known);
    free(t.locations);
    free(t.text);
    free(roots.at);
    free(leaves.at);
    return err;
}

/* The unit of each numeric label's key: the first that a sample says, else what the key suggests.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/filter/filter.h"
#include "reader/filter/match.h"

struct key_unit {
    const char *key, *unit;
    const char **others; /* owned: units that were met and not used */
    size_t n_others;
};

struct label_units {
    struct key_unit *keys; /* owned */
    size_t n, room;
    struct pairs by_key; /* the address of a key to its place */
};

void label_units_free(struct label_units *u) {
    if (!u)
        return;
    for (size_t i = 0; i < u->n; i++)
        free(u->keys[i].others);
    free(u->keys);
    pairs_release(&u->by_key);
    free(u);
}

/* Makes it if need be; NULL when out of memory. */
static struct key_unit *find_key(struct label_units *u, const char *key) {
    struct pair *known = pairs_find(&u->by_key, key, NULL);
    struct key_unit *keys;
    size_t room;

    if (known)
        return &u->keys[known->value];
    if (u->n == u->room) {
        room = u->room ? u->room * 2 : 16;
        keys = realloc(u->keys, room * sizeof(*keys));
        if (!keys)
            return NULL;
        u->keys = keys;
        u->room = room;
    }
    if (pairs_add(&u->by_key, key, NULL, u->n) < 0)
        return NULL;
    u->keys[u->n] = (struct key_unit){.key = key, .unit = ""};
    return &u->keys[u->n++];
}

static int add_other(struct key_unit *k, const char *unit) {
    const char **others;

    for (size_t i = 0; i < k->n_others; i++)
        if (strcmp(k->others[i], unit) == 0)
            return 0;
    others = realloc(k->others, (k->n_others + 1) * sizeof(*others));
    if (!others)
        return -ENOMEM;
    others[k->n_others++] = unit;
    k->others = others;
    return 0;
}

static int take_label(struct label_units *u, const struct profile_label *l) {
    struct key_unit *k = find_key(u, l->key);

    if (!k)
        return -ENOMEM;
    if (!l->num_unit[0])
        return 0;
    if (!k->unit[0])
        k->unit = l->num_unit;
    return strcmp(k->unit, l->num_unit) == 0 ? 0 : add_other(k, l->num_unit);
}

struct label_units *label_units_find(const struct profile *p) {
    struct label_units *u = calloc(1, sizeof(*u));
    int err = u ? 0 : -ENOMEM;

    for (size_t i = 0; i < p->n_samples && !err; i++)
        for (size_t k = 0; k < p->samples[i].n_labels && !err; k++)
            if (!label_is_text(&p->samples[i].labels[k]))
                err = take_label(u, &p->samples[i].labels[k]);
    if (err) {
        label_units_free(u);
        return NULL;
    }
    for (size_t i = 0; i < u->n; i++) {
        struct key_unit *k = &u->keys[i];
        bool is_size = strcmp(k->key, "alignment") == 0 || strcmp(k->key, "request") == 0;
        if (!k->unit[0])
            k->unit = is_size ? "bytes" : k->key;
    }
    return u;
}

static int text_order(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct label_units *label_units_new(const struct profile *p) {
    struct label_units *u = label_units_find(p);

    for (size_t i = 0; u && i < u->n; i++) {
        struct key_unit *k = &u->keys[i];
        if (k->n_others == 0)
            continue;
        qsort(k->others, k->n_others, sizeof(*k->others), text_order);
        fprintf(stderr, "For tag %s used unit %s, also encountered unit(s) ", k->key, k->unit);
        for (size_t o = 0; o < k->n_others; o++)
            fprintf(stderr, "%s%s", o ? ", " : "", k->others[o]);
        fputc('\n', stderr);
    }
    return u;
}

const char *label_unit(const struct label_units *u, const char *key) {
    struct pair *known = pairs_find(&u->by_key, key, NULL);

    if (known)
        return u->keys[known->value].unit;
    for (size_t i = 0; i < u->n; i++)
        if (strcmp(u->keys[i].key, key) == 0)
            return u->keys[i].unit;
    return "";
}

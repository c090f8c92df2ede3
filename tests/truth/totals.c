/* Prints what a profile adds up to, for scripts: one line each, fields separated by spaces, values
 * in the order of the profile's sample types.
 *
 *   type INDEX TYPE/UNIT
 *   total VALUES                       all samples
 *   leaf FUNCTION VALUES               samples with that leaf
 *   any FUNCTION VALUES                samples with that function anywhere in the stack
 *   label KEY=VALUE VALUES             samples with that label
 *   site FUNCTION KEY=VALUE VALUES     the same for one function; only functions named site_*
 *   stacks NUMBER                      different stacks
 *   rooted VALUES                      samples whose stack ends where a program or thread starts
 *   truncated VALUES                   ... at the depth limit
 *   settled VALUES                     ... are a thread's start routine, alone
 *   unrooted ROOT LEAF VALUES          the others
 *   comment TEXT
 *
 * Spaces in names become `_`. Exit status 2 when the profile cannot be read. */
#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/truth/names.h"

enum { VALUES = 4 };

struct sum {
    char *key;
    int64_t v[VALUES];
};

static void *sums; /* tsearch's: struct sum by key */
static size_t n_values;

static int sum_compare(const void *a, const void *b) {
    return strcmp(((const struct sum *)a)->key, ((const struct sum *)b)->key);
}

static void no_memory(void) {
    fputs("totals: out of memory\n", stderr);
    exit(2);
}

/* Adds a sample's values to the sum of that name. Takes `key`, which is malloc's. */
static void add(char *key, const int64_t *values) {
    struct sum *fresh = calloc(1, sizeof *fresh);
    if (!fresh || !key)
        no_memory();
    fresh->key = key;
    struct sum **at = tsearch(fresh, &sums, sum_compare);
    if (!at)
        no_memory();
    if (*at != fresh) {
        free(fresh->key);
        free(fresh);
    }
    for (size_t i = 0; i < n_values; i++)
        (*at)->v[i] += values[i];
}

__attribute__((format(printf, 1, 2))) static char *text(const char *format, ...) {
    va_list ap;
    char *s;
    va_start(ap, format);
    if (vasprintf(&s, format, ap) < 0)
        no_memory();
    va_end(ap);
    return s;
}

static char *label_text(const struct profile_label *l) {
    return l->str[0] ? text("%s=%s", l->key, l->str) : text("%s=%" PRId64, l->key, l->num);
}

static char *one_word(char *s) {
    for (char *p = s; (p = strchr(p, ' '));)
        *p = '_';
    return s;
}

/* Names are looked up once per location. */
static const char **names;

static const char *name(const struct profile_location *l) {
    const char **at = &names[l->id];
    if (!*at)
        *at = one_word(strdup(name_of(l)));
    return *at;
}

static bool seen_below(const struct profile_sample *s, size_t i) {
    for (size_t j = 0; j < i; j++)
        if (strcmp(name(s->locations[j]), name(s->locations[i])) == 0)
            return true;
    return false;
}

static void add_functions(const struct profile_sample *s) {
    add(text("leaf %s", name(s->locations[0])), s->values);
    for (size_t i = 0; i < s->n_locations; i++)
        if (!seen_below(s, i))
            add(text("any %s", name(s->locations[i])), s->values);
}

static void add_labels(const struct profile_sample *s) {
    for (size_t l = 0; l < s->n_labels; l++) {
        char *label = one_word(label_text(&s->labels[l]));
        for (size_t i = 0; i < s->n_locations; i++)
            if (strncmp(name(s->locations[i]), "site_", 5) == 0)
                add(text("site %s %s", name(s->locations[i]), label), s->values);
        add(text("label %s", label), s->values);
        free(label);
    }
}

static void add_root(const struct profile_sample *s) {
    const struct profile_location *root = s->locations[s->n_locations - 1];
    const char *leaf = name(s->locations[0]);
    if (name_is_root(root))
        add(strdup("rooted"), s->values);
    else if (s->n_locations == 1 && name_is_start(root))
        add(strdup("settled"), s->values);
    else if (strstr(name(root), "truncated"))
        add(strdup("truncated"), s->values);
    else /* the frame below the mark says where the unwinder stopped */
        add(text("unrooted %s %s",
                 name(s->n_locations > 1 ? s->locations[s->n_locations - 2] : root), leaf),
            s->values);
}

static void add_stack(const struct profile_sample *s, void **stacks, size_t *n) {
    char *key = strdup("");
    for (size_t i = 0; i < s->n_locations; i++) {
        char *longer = text("%s %" PRIx64, key, s->locations[i]->id);
        free(key);
        key = longer;
    }
    char **at = tsearch(key, stacks, (int (*)(const void *, const void *))strcmp);
    if (at && *at == key)
        (*n)++;
    else
        free(key);
}

static void print_values(const int64_t *v) {
    for (size_t i = 0; i < n_values; i++)
        printf(" %" PRId64, v[i]);
    putchar('\n');
}

static void print_sum(const void *node, VISIT visit, int depth) {
    const struct sum *s = *(struct sum *const *)node;
    if (visit != postorder && visit != leaf)
        return;
    fputs(s->key, stdout);
    print_values(s->v);
}

static void print_totals(const struct profile *p) {
    void *stacks = NULL;
    size_t n_stacks = 0;
    int64_t total[VALUES] = {0};
    for (size_t i = 0; i < p->n_samples; i++) {
        const struct profile_sample *s = &p->samples[i];
        for (size_t v = 0; v < n_values; v++)
            total[v] += s->values[v];
        if (!s->n_locations)
            continue;
        add_functions(s);
        add_labels(s);
        add_root(s);
        add_stack(s, &stacks, &n_stacks);
    }
    for (size_t i = 0; i < n_values; i++)
        printf("type %zu %s/%s\n", i, p->sample_types[i].type, p->sample_types[i].unit);
    fputs("total", stdout);
    print_values(total);
    twalk(sums, print_sum);
    printf("stacks %zu\n", n_stacks);
    for (size_t i = 0; i < p->n_comments; i++)
        printf("comment %s\n", p->comments[i]);
}

int main(int argc, char **argv) {
    struct profile *p;
    char why[256] = "";
    if (argc != 2) {
        fputs("usage: totals PROFILE\n", stderr);
        return 2;
    }
    int err = profile_read(argv[1], NULL, &p, why, sizeof why);
    if (err || p->n_sample_types > VALUES) {
        fprintf(stderr, "totals: %s: %s\n", argv[1], why[0] ? why : strerror(-err));
        return 2;
    }
    n_values = p->n_sample_types;
    uint64_t last = 0;
    for (size_t i = 0; i < p->n_locations; i++)
        last = p->locations[i]->id > last ? p->locations[i]->id : last;
    if (last > UINT32_MAX || !(names = calloc(last + 1, sizeof *names)))
        no_memory();
    print_totals(p);
    profile_free(p);
    return 0;
}

/* Reads pprof files and prints what tests ask about, one fact a line:
 *
 *   FILE: valid
 *   sample_type TYPE/UNIT           in their order
 *   total TYPE/UNIT N               the sum over all samples
 *   samples N, locations N, mappings N, functions N, duration_ns N
 *   default_type TYPE
 *   thread NAME N                   by label `thread`: the sum of the last sample type
 *   mapping FILE BUILD_ID
 *   function NAME N                 flat, by the innermost line, of the last sample type
 *   comment TEXT
 *
 * Lists are sorted by value, the greatest first. Status 1 when a file cannot be read or breaks a
 * rule of the format, and then one line on stderr. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/profile.h"

struct sum {
    const char *name;
    int64_t value;
};

struct sums {
    struct sum *of;
    size_t n;
};

static void sums_add(struct sums *s, const char *name, int64_t value) {
    size_t i = 0;
    while (i < s->n && strcmp(s->of[i].name, name) != 0)
        i++;
    if (i == s->n) {
        s->of = realloc(s->of, (s->n + 1) * sizeof *s->of);
        if (!s->of)
            abort();
        s->of[s->n++] = (struct sum){name, 0};
    }
    s->of[i].value += value;
}

static int greater(const void *a, const void *b) {
    const struct sum *x = a, *y = b;
    return x->value != y->value ? (x->value < y->value) - (x->value > y->value)
                                : strcmp(x->name, y->name);
}

static void sums_print(struct sums *s, const char *what) {
    if (s->n)
        qsort(s->of, s->n, sizeof *s->of, greater);
    for (size_t i = 0; i < s->n; i++)
        printf("%s %s %" PRId64 "\n", what, s->of[i].name, s->of[i].value);
    free(s->of);
}

static const char *leaf_name(const struct profile_sample *s) {
    if (!s->n_locations || !s->locations[0]->n_lines)
        return "?";
    return s->locations[0]->lines[0].function->name;
}

static const char *thread_name(const struct profile_sample *s) {
    for (size_t i = 0; i < s->n_labels; i++)
        if (strcmp(s->labels[i].key, "thread") == 0)
            return s->labels[i].str;
    return "-";
}

static void print_totals(const struct profile *p) {
    for (size_t t = 0; t < p->n_sample_types; t++) {
        int64_t total = 0;
        for (size_t i = 0; i < p->n_samples; i++)
            total += p->samples[i].values[t];
        printf("sample_type %s/%s\n", p->sample_types[t].type, p->sample_types[t].unit);
        printf("total %s/%s %" PRId64 "\n", p->sample_types[t].type, p->sample_types[t].unit,
               total);
    }
}

static void print_sums(const struct profile *p) {
    struct sums threads = {NULL, 0}, functions = {NULL, 0};
    size_t last = p->n_sample_types - 1;
    for (size_t i = 0; i < p->n_samples; i++) {
        const struct profile_sample *s = &p->samples[i];
        sums_add(&threads, thread_name(s), s->values[last]);
        sums_add(&functions, leaf_name(s), s->values[last]);
    }
    sums_print(&threads, "thread");
    sums_print(&functions, "function");
}

static int check(const char *path) {
    char why[256] = "";
    struct profile *p;
    int r = profile_read(path, NULL, &p, why, sizeof why);
    if (r != 0) {
        fprintf(stderr, "%s: %s (%s)\n", path, why, strerror(-r));
        return 1;
    }
    printf("%s: valid\n", path);
    print_totals(p);
    printf("samples %zu\nlocations %zu\nmappings %zu\nfunctions %zu\nduration_ns %" PRId64 "\n",
           p->n_samples, p->n_locations, p->n_mappings, p->n_functions, p->duration_nanos);
    printf("default_type %s\n", p->default_sample_type);
    if (p->n_sample_types)
        print_sums(p);
    for (size_t i = 0; i < p->n_mappings; i++)
        printf("mapping %s %s\n", p->mappings[i]->file, p->mappings[i]->build_id);
    for (size_t i = 0; i < p->n_comments; i++)
        printf("comment %s\n", p->comments[i]);
    profile_free(p);
    return 0;
}

int main(int argc, char **argv) {
    int bad = argc < 2;
    for (int i = 1; i < argc; i++)
        bad |= check(argv[i]);
    return bad;
}

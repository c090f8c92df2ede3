/* The labels of samples, as a graph has them: string labels joined to one tag, and the numeric
 * label `bytes`. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reader/graph/build.h"
#include "reader/measure.h"

const char no_label[] = "";

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* `key:value` of a label, malloc'ed; NULL when out of memory. */
static char *label_text(const struct profile_label *l) {
    size_t key = strlen(l->key), value = strlen(l->str);
    char *text = malloc(key + value + 2);

    if (text) {
        memcpy(text, l->key, key);
        text[key] = ':';
        memcpy(text + key + 1, l->str, value + 1);
    }
    return text;
}

/* Joins sorted texts with what dot takes for a new line. */
static const char *join(struct profile *p, char *const *texts, size_t n) {
    size_t bytes = 1;
    const char *joined = NULL;
    char *all, *at;

    for (size_t i = 0; i < n; i++)
        bytes += strlen(texts[i]) + 2;
    all = at = malloc(bytes);
    if (!all)
        return NULL;
    for (size_t i = 0; i < n; i++)
        at = stpcpy(stpcpy(at, i ? "\\n" : ""), texts[i]);
    joined = profile_string(p, all);
    free(all);
    return joined;
}

const char *build_join_labels(struct profile *p, const struct profile_sample *s) {
    char **texts = calloc(s->n_labels + 1, sizeof(*texts));
    const char *joined = no_label;
    size_t n = 0;

    if (!texts)
        return NULL;
    for (size_t i = 0; i < s->n_labels && joined; i++) {
        const struct profile_label *l = &s->labels[i];
        if (!*l->str || strcmp(l->key, "pprof::base") == 0)
            continue;
        texts[n] = label_text(l);
        joined = texts[n] ? joined : NULL;
        n += texts[n] != NULL;
    }
    if (joined && n > 0) {
        qsort(texts, n, sizeof(*texts), by_text);
        joined = join(p, texts, n);
    }
    for (size_t i = 0; i < n; i++)
        free(texts[i]);
    free(texts);
    return joined;
}

static void count_tag(struct graph_tag *t, const struct walk *w, bool flat) {
    *(flat ? &t->flat : &t->cum) += w->value;
    *(flat ? &t->flat_div : &t->cum_div) += w->divisor;
}

int build_add_tags(const struct build *b, uint32_t node, const struct walk *w, bool flat) {
    const char *unit = b->options->tag_unit;
    char text[MEASURE_LABEL_BYTES];
    struct graph_tag *tag;

    if (*w->labels) {
        tag = tag_table_get(&b->memory->tags, node, no_label, w->labels, "", 0);
        if (!tag)
            return -ENOMEM;
        count_tag(tag, w, flat);
    }
    for (size_t i = 0; i < w->sample->n_labels; i++) {
        const struct profile_label *l = &w->sample->labels[i];
        const char *name;
        if (*l->str || strcmp(l->key, "bytes") != 0)
            continue;
        name =
            profile_string(b->profile, measure_label(l->num, unit, b->options->output_unit, text));
        tag = name ? tag_table_get(&b->memory->tags, node, w->labels, name, unit, l->num) : NULL;
        if (!tag)
            return -ENOMEM;
        count_tag(tag, w, flat);
    }
    return 0;
}

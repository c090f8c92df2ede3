/* Labels by key. Samples have few: each key's are found by looking through all. */
#include "reader/report/label_groups.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_numeric(const struct profile_label *l) {
    return !*l->str;
}

/* All labels of the kind and key of label `first`, into `group`; 0 if an earlier one has that key.
 */
static size_t gather(const struct profile_sample *s, size_t first,
                     const struct profile_label **group) {
    const struct profile_label *like = &s->labels[first];
    size_t n = 0;

    for (size_t i = 0; i < s->n_labels; i++) {
        const struct profile_label *l = &s->labels[i];
        if (is_numeric(l) != is_numeric(like) || strcmp(l->key, like->key) != 0)
            continue;
        if (i < first)
            return 0;
        group[n++] = l;
    }
    return n;
}

static char *text_of(label_group_fn *write, const struct profile_label *const *group, size_t n,
                     void *ctx) {
    char *text = NULL;
    size_t bytes;
    FILE *to = open_memstream(&text, &bytes);

    if (!to)
        return NULL;
    write(group, n, to, ctx);
    if (fclose(to) == 0)
        return text;
    free(text);
    return NULL;
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The only label of a kind that a sample has; NULL if there are none or several: *n says. */
static const struct profile_label *only_label(const struct profile_sample *s, bool numeric,
                                              size_t *n) {
    const struct profile_label *found = NULL;

    *n = 0;
    for (size_t i = 0; i < s->n_labels; i++) {
        if (is_numeric(&s->labels[i]) != numeric)
            continue;
        found = &s->labels[i];
        ++*n;
    }
    return *n == 1 ? found : NULL;
}

int label_groups_write(const struct profile_sample *s, bool numeric, label_group_fn *write,
                       void *ctx, const char *between, FILE *to) {
    size_t n_labels;
    const struct profile_label *only = only_label(s, numeric, &n_labels), **group;
    char **texts;
    int n_texts = 0, err = 0;

    if (only)
        write(&only, 1, to, ctx);
    if (n_labels < 2)
        return (int)n_labels;
    group = calloc(s->n_labels, sizeof(*group));
    texts = calloc(s->n_labels, sizeof(*texts));
    err = group && texts ? 0 : -ENOMEM;
    for (size_t i = 0; i < s->n_labels && err == 0; i++) {
        size_t n = is_numeric(&s->labels[i]) == numeric ? gather(s, i, group) : 0;
        if (n == 0)
            continue;
        texts[n_texts] = text_of(write, group, n, ctx);
        err = texts[n_texts] ? 0 : -ENOMEM;
        n_texts += texts[n_texts] != NULL;
    }
    if (err == 0 && n_texts > 1)
        qsort(texts, (size_t)n_texts, sizeof(*texts), by_text);
    for (int i = 0; i < n_texts; i++) {
        if (err == 0)
            fprintf(to, "%s%s", i > 0 ? between : "", texts[i]);
        free(texts[i]);
    }
    free(group);
    free(texts);
    return err ? err : n_texts;
}

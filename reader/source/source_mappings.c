/* Which server a mapping came from, so that it can be asked for names. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "reader/source/source_parts.h"

static int add(struct mapping_sources *s, const char *key, const char *url, uint64_t start) {
    struct mapping_source m = {.key = strdup(key), .url = strdup(url), .start = start};

    if (!m.key || !m.url || !grow_array(&s->at, s->n, sizeof(m))) {
        free(m.key);
        free(m.url);
        return -ENOMEM;
    }
    s->at[s->n++] = m;
    return 0;
}

int mapping_sources_add(struct mapping_sources *s, struct profile *p, const char *url) {
    int err = 0;

    for (size_t i = 0; i < p->n_mappings && err == 0; i++) {
        struct profile_mapping *m = p->mappings[i];
        const char *key = *m->build_id ? m->build_id : m->file;

        if (!*key)
            key = m->file = profile_string(p, url);
        err = key ? add(s, key, url, m->start) : -ENOMEM;
    }
    return err;
}

int mapping_sources_join(struct mapping_sources *s, struct mapping_sources *from) {
    int err = 0;

    for (size_t i = 0; i < from->n && err == 0; i++)
        err = add(s, from->at[i].key, from->at[i].url, from->at[i].start);
    mapping_sources_release(from);
    return err;
}

void mapping_sources_release(struct mapping_sources *s) {
    for (size_t i = 0; i < s->n; i++) {
        free(s->at[i].key);
        free(s->at[i].url);
    }
    free(s->at);
    *s = (struct mapping_sources){0};
}

void mapping_sources_forget(struct profile *p) {
    for (size_t i = 0; i < p->n_mappings; i++)
        if (!*p->mappings[i]->build_id && source_url_is_absolute(p->mappings[i]->file, ""))
            p->mappings[i]->file = "";
}

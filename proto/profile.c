/* The model of a profile: making it, adding to it, numbering it.
 *
 * Lists grow by doubling inside the pool, which keeps the old ones: at most as much again as the
 * list, and what points into an old list of pointers stays good. A list that the user has set
 * himself is copied before it grows. */
#include "proto/profile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/pool.h"

static void *malloc_resize(void *ctx, void *old, size_t old_bytes, size_t new_bytes) {
    if (new_bytes == 0) {
        free(old);
        return NULL;
    }
    return realloc(old, new_bytes);
}

const struct mem mem_malloc = {.resize = malloc_resize};

struct profile *profile_new(void) {
    struct profile_pool *pool = pool_new();
    struct profile *p = pool ? pool_alloc(pool, sizeof(*p)) : NULL;

    if (!p) {
        pool_free(pool);
        return NULL;
    }
    p->pool = pool;
    p->drop_frames = p->keep_frames = p->default_sample_type = p->doc_url = "";
    p->period_type = (struct profile_value_type){.type = "", .unit = ""};
    return p;
}

void profile_free(struct profile *p) {
    if (p)
        pool_free(p->pool);
}

void *profile_alloc(struct profile *p, size_t bytes) {
    return pool_alloc(p->pool, bytes);
}

const char *profile_string_n(struct profile *p, const char *s, size_t n) {
    return pool_string(p->pool, s, n);
}

const char *profile_string(struct profile *p, const char *s) {
    return pool_string(p->pool, s, strlen(s));
}

/* Room for one more behind the `n` elements of `size` bytes at `list`: the list, moved if it had to
 * be, or NULL. */
static void *list_reserve(struct profile *p, struct profile_array *array, void *list, size_t n,
                          size_t size) {
    size_t room = n < 8 ? 8 : n * 2;
    void *at;

    if (list && list == array->at && n < array->room)
        return list;
    at = pool_array(p->pool, room, size);
    if (!at)
        return NULL;
    if (n > 0)
        memcpy(at, list, n * size);
    *array = (struct profile_array){.at = at, .room = room};
    return at;
}

struct profile_mapping *profile_add_mapping(struct profile *p) {
    struct profile_mapping *m = profile_alloc(p, sizeof(*m));
    struct profile_mapping **list =
        list_reserve(p, &p->pool->mappings, p->mappings, p->n_mappings, sizeof(m));

    if (!m || !list)
        return NULL;
    p->mappings = list;
    list[p->n_mappings++] = m;
    m->id = p->n_mappings;
    m->file = m->build_id = "";
    return m;
}

struct profile_location *profile_add_location(struct profile *p) {
    struct profile_location *l = profile_alloc(p, sizeof(*l));
    struct profile_location **list =
        list_reserve(p, &p->pool->locations, p->locations, p->n_locations, sizeof(l));

    if (!l || !list)
        return NULL;
    p->locations = list;
    list[p->n_locations++] = l;
    l->id = p->n_locations;
    return l;
}

struct profile_function *profile_add_function(struct profile *p) {
    struct profile_function *f = profile_alloc(p, sizeof(*f));
    struct profile_function **list =
        list_reserve(p, &p->pool->function_list, p->functions, p->n_functions, sizeof(f));

    if (!f || !list)
        return NULL;
    p->functions = list;
    list[p->n_functions++] = f;
    f->id = p->n_functions;
    f->name = f->system_name = f->filename = "";
    return f;
}

struct profile_sample *profile_add_sample(struct profile *p) {
    struct profile_sample *list =
        list_reserve(p, &p->pool->samples, p->samples, p->n_samples, sizeof(*list));

    if (!list)
        return NULL;
    p->samples = list;
    list[p->n_samples] = (struct profile_sample){0};
    return &list[p->n_samples++];
}

int profile_add_comment(struct profile *p, const char *text) {
    const char *copy = profile_string(p, text);
    const char **list =
        list_reserve(p, &p->pool->comments, p->comments, p->n_comments, sizeof(*list));

    if (!copy || !list)
        return -ENOMEM;
    p->comments = list;
    list[p->n_comments++] = copy;
    return 0;
}

int profile_add_sample_type(struct profile *p, const char *type, const char *unit) {
    const char *type_copy = profile_string(p, type), *unit_copy = profile_string(p, unit);
    struct profile_value_type *list =
        list_reserve(p, &p->pool->sample_types, p->sample_types, p->n_sample_types, sizeof(*list));

    if (!type_copy || !unit_copy || !list)
        return -ENOMEM;
    p->sample_types = list;
    list[p->n_sample_types++] = (struct profile_value_type){.type = type_copy, .unit = unit_copy};
    return 0;
}

struct profile_function *profile_function(struct profile *p, const char *name,
                                          const char *system_name, const char *filename,
                                          int64_t start_line) {
    struct profile_function like = {.name = profile_string(p, name),
                                    .system_name = profile_string(p, system_name),
                                    .filename = profile_string(p, filename),
                                    .start_line = start_line};
    struct profile_function *f;

    if (!like.name || !like.system_name || !like.filename)
        return NULL;
    f = pool_function_find(p->pool, &like);
    if (f)
        return f;
    f = profile_add_function(p);
    if (!f)
        return NULL;
    like.id = f->id;
    *f = like;
    return pool_function_add(p->pool, f) == 0 ? f : NULL;
}

void profile_renumber(struct profile *p) {
    for (size_t i = 0; i < p->n_mappings; i++)
        p->mappings[i]->id = i + 1;
    for (size_t i = 0; i < p->n_locations; i++)
        p->locations[i]->id = i + 1;
    for (size_t i = 0; i < p->n_functions; i++)
        p->functions[i]->id = i + 1;
}

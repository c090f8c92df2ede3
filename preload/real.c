/* Resolving real functions: dlsym with RTLD_NEXT, each at most once in effect; two threads that do
 * so at once store the same pointer. */
#include "preload/real.h"

#include <dlfcn.h>
#include <stddef.h>

static void *table[REAL_COUNT]; /* atomic */

static const struct {
    const char *name, *version;
    int eager;
} names[REAL_COUNT] = {
#define X(name, version, eager) {#name, version, eager},
    REAL_FUNCTIONS(X)
#undef X
};

static void *resolve(enum real_function which) {
    void *f = NULL;
    if (names[which].version)
        f = dlvsym(RTLD_NEXT, names[which].name, names[which].version);
    if (!f)
        f = dlsym(RTLD_NEXT, names[which].name);
    __atomic_store_n(&table[which], f, __ATOMIC_RELEASE);
    return f;
}

void *real_function(enum real_function which) {
    void *f = __atomic_load_n(&table[which], __ATOMIC_ACQUIRE);
    return f ? f : resolve(which);
}

void real_init(void) {
    for (int i = 0; i < REAL_COUNT; i++)
        if (names[i].eager)
            resolve((enum real_function)i);
}

/* Resolving real functions: dlsym with RTLD_NEXT, each at most once in effect; two threads that do
 * so at once store the same pointer. */
#include "preload/real.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include "preload/glibc.h"

void *real_table[REAL_COUNT] HOT_DATA __attribute__((aligned(64)));

static const struct {
    const char *name, *version;
} names[REAL_COUNT] = {
#define X(name, version) [REAL_##name] = {#name, version},
    REAL_FUNCTIONS(X)
#undef X
        [REAL_cond_wait_old] = {"pthread_cond_wait", "GLIBC_2.2.5"},
    [REAL_cond_timedwait_old] = {"pthread_cond_timedwait", "GLIBC_2.2.5"},
};

/* The old function is libc's only where the next one is: an object whose symbols have no versions,
 * as gcc's thread sanitizer, stands for every version, and is what such a reference would reach. */
static bool is_replaced(enum real_function which) {
    const char *name = names[which].name;
    return (which == REAL_cond_wait_old || which == REAL_cond_timedwait_old) &&
           dlsym(RTLD_NEXT, name) != dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2");
}

void *real_resolve(enum real_function which) {
    void *f = NULL;
    if (names[which].version && dlvsym && !is_replaced(which))
        f = dlvsym(RTLD_NEXT, names[which].name, names[which].version);
    if (!f)
        f = dlsym(RTLD_NEXT, names[which].name);
    __atomic_store_n(&real_table[which], f, __ATOMIC_RELEASE);
    return f;
}

void real_init(void) {
    int saved = errno;
    bool missing = false;
    for (int i = 0; i < REAL_COUNT; i++)
        missing |= !real_resolve((enum real_function)i);
    if (missing)
        dlerror(); /* an older libc has not all: no error that the program should see */
    errno = saved;
}

/* heap_reloaded ROUNDS: one library after the other at the same place, each with code of its own
 * that allocates, as a server that loads a new version of a plugin. The libraries lie beside it. */
#include <dlfcn.h>
#include <string.h>

#include "tests/truth/programs/heap.h"

enum { LIBRARIES = 2 };

static int counts[LIBRARIES];

/* All are called from here. */
static __attribute__((noinline)) void keep(void *(*site)(void), int library) {
    keep_block(site());
    counts[library]++;
}

static void *use(const char *dir, int library, int rounds) {
    char path[4200], name[32];
    snprintf(path, sizeof path, "%s/libs/heap_library_%c.so", dir, 'a' + library);
    snprintf(name, sizeof name, "site_library_%c", 'a' + library);
    void *handle = dlopen(path, RTLD_NOW), *site = handle ? dlsym(handle, name) : NULL;
    if (!site) {
        fprintf(stderr, "heap_reloaded: %s\n", dlerror());
        _exit(1);
    }
    for (int i = 0; i < rounds; i++)
        keep((void *(*)(void))site, library);
    dlclose(handle);
    return site;
}

int main(int argc, char **argv) {
    const int rounds = argc > 1 ? atoi(argv[1]) : 100;
    char dir[4096] = "";
    if (readlink("/proc/self/exe", dir, sizeof dir - 1) < 0)
        _exit(1);
    *strrchr(dir, '/') = 0;
    void *first = use(dir, 0, rounds), *place = first;
    for (int i = 1; i < 7; i++)
        if (use(dir, i % LIBRARIES, rounds + i) != first)
            place = NULL;
    dprintf(1, "# %s\n", place ? "all at one place" : "at several places");
    for (int i = 0; i < LIBRARIES; i++)
        say_kept("site_library_", (char)('a' + i), counts[i]);
    free_when_asked();
    return 0;
}

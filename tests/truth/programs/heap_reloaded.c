/* heap_reloaded ROUNDS: one library after the other at the same place, each with code of its own
 * that allocates, as a server that loads a new version of a plugin. Says what heap_known says, and
 * waits as it does. The libraries lie beside it. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LIBRARIES = 2, BYTES = 48, MOST = 100000 };

static void *blocks[MOST];
static int n_blocks, counts[LIBRARIES];

/* All are called from here. */
static __attribute__((noinline)) void keep(void *(*site)(void), int library) {
    void *p = site();
    if (!p || n_blocks == MOST)
        _exit(1);
    blocks[n_blocks++] = p;
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

static void wait_for_line(const char *say) {
    char c = 0;
    dprintf(1, "%s\n", say);
    while (read(0, &c, 1) == 1 && c != '\n')
        ;
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
        dprintf(1, "truth site_library_%c bytes=%d %d %d %d %d\n", 'a' + i, BYTES, counts[i],
                BYTES * counts[i], counts[i], BYTES * counts[i]);
    wait_for_line("live");
    while (n_blocks > 0)
        free(blocks[--n_blocks]);
    wait_for_line("freed");
    return 0;
}

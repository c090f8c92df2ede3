/* heap_paths ROUNDS: always allocates at the same place of the stack, and comes there by one of
 * several ways. The sites are alike but for where they return to, so that nothing else tells the
 * ways apart. Says what heap_known says, and waits as it does. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PATHS = 7, /* more than are remembered */ BYTES = 48, ROUNDS_MOST = 10000 };

static void *blocks[5 * ROUNDS_MOST];
static int n_blocks, counts[PATHS];

__attribute__((noinline)) static void keep(int path) {
    void *p = malloc(BYTES);
    if (!p)
        _exit(1);
    blocks[n_blocks++] = p;
    counts[path]++;
}

/* The asm keeps the call from becoming a jump, which would leave no frame. */
#define SITE_OF(path)                                                                              \
    __attribute__((noinline)) static void site_path_##path(void) {                                 \
        keep(path);                                                                                \
        __asm__ volatile("" ::: "memory");                                                         \
    }
SITE_OF(0)
SITE_OF(1)
SITE_OF(2)
SITE_OF(3)
SITE_OF(4)
SITE_OF(5)
SITE_OF(6)

static void (*const sites[PATHS])(void) = {site_path_0, site_path_1, site_path_2, site_path_3,
                                           site_path_4, site_path_5, site_path_6};

static void wait_for_line(const char *say) {
    char c = 0;
    dprintf(1, "%s\n", say);
    while (read(0, &c, 1) == 1 && c != '\n')
        ;
}

int main(int argc, char **argv) {
    int rounds = argc > 1 ? atoi(argv[1]) : 100;
    for (int i = 0; i < rounds && i < ROUNDS_MOST; i++) {
        /* The same again, two in turns, and all of them; from one place. */
        const int paths[] = {0, 0, 0, i % 2, i % PATHS};
        for (size_t k = 0; k < sizeof paths / sizeof paths[0]; k++)
            sites[paths[k]]();
    }
    for (int path = 0; path < PATHS; path++)
        dprintf(1, "truth site_path_%d bytes=%d %d %d %d %d\n", path, BYTES, counts[path],
                BYTES * counts[path], counts[path], BYTES * counts[path]);
    wait_for_line("live");
    while (n_blocks > 0)
        free(blocks[--n_blocks]);
    wait_for_line("freed");
    return 0;
}

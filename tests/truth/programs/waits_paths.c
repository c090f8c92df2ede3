/* waits_paths ROUNDS MS: one thread that always waits in the same call at the same place of its
 * stack, and comes there by one of several ways. The sites are alike but for where they return to,
 * so that nothing else tells the ways apart. */
#include "tests/truth/programs/waits.h"

enum { PATHS = 7 }; /* more than are remembered */

static int64_t counts[PATHS], totals[PATHS];
static int64_t wait_ns;

__attribute__((noinline)) static void nap(int path) {
    struct timespec ts = ns_spec(wait_ns);
    int64_t start = now_ns();
    need(nanosleep(&ts, NULL) == 0, "nanosleep");
    totals[path] += now_ns() - start;
    counts[path]++;
}

#define SITE_OF(path)                                                                              \
    SITE site_path_##path(void) {                                                                  \
        nap(path);                                                                                 \
        STAY;                                                                                      \
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

int main(int argc, char **argv) {
    int rounds = argc > 1 ? atoi(argv[1]) : 50;
    wait_ns = (argc > 2 ? atoi(argv[2]) : 1) * INT64_C(1000000);
    for (int i = 0; i < rounds; i++) {
        /* The same again, two in turns, and all of them; from one place. */
        const int paths[] = {0, 0, 0, i % 2, i % PATHS};
        for (size_t k = 0; k < sizeof paths / sizeof paths[0]; k++)
            sites[paths[k]]();
    }
    printf("pid %d\n", (int)getpid());
    for (int path = 0; path < PATHS; path++)
        printf("site path_%d sleep %lld %lld 0\n", path, (long long)counts[path],
               (long long)totals[path]);
    return 0;
}

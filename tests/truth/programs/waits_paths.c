/* waits_paths ROUNDS MS: one thread that always waits in the same call at the same place of its
 * stack, and comes there by one of several ways. */
#include "tests/truth/programs/paths.h"

static int64_t counts[PATHS], totals[PATHS];
static int64_t wait_ns;

__attribute__((noinline)) static void at_place(int path) {
    struct timespec ts = ns_spec(wait_ns);
    int64_t start = now_ns();
    need(nanosleep(&ts, NULL) == 0, "nanosleep");
    totals[path] += now_ns() - start;
    counts[path]++;
}

int main(int argc, char **argv) {
    int rounds = argc > 1 ? atoi(argv[1]) : 50;
    wait_ns = (argc > 2 ? atoi(argv[2]) : 1) * INT64_C(1000000);
    walk_paths(rounds);
    printf("pid %d\n", (int)getpid());
    for (int path = 0; path < PATHS; path++)
        printf("site path_%d sleep %lld %lld 0\n", path, (long long)counts[path],
               (long long)totals[path]);
    return 0;
}

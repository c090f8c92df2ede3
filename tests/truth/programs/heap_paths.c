/* heap_paths ROUNDS: always allocates at the same place of the stack, and comes there by one of
 * several ways. */
#include "tests/truth/programs/heap.h"
#include "tests/truth/programs/paths.h"

static int counts[PATHS];

__attribute__((noinline)) static void at_place(int path) {
    keep_block(malloc(KEPT_BYTES));
    counts[path]++;
}

int main(int argc, char **argv) {
    walk_paths(argc > 1 ? atoi(argv[1]) : 100);
    for (int path = 0; path < PATHS; path++)
        say_kept("site_path_", (char)('0' + path), counts[path]);
    free_when_asked();
    return 0;
}

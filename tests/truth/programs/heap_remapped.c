/* heap_remapped ROUNDS: after half of it, puts a copy of its own code where the loader has mapped
 * the file's, as programs do that want their code on huge pages. */
#include <dlfcn.h>

#include "tests/truth/programs/heap.h"
#include "tests/truth/programs/remap.h"
#include "tests/truth/programs/waits.h"

SITE site_remapped_a(void) {
    keep_block(malloc(KEPT_BYTES));
    STAY;
}

SITE site_remapped_b(void) {
    keep_block(malloc(KEPT_BYTES));
    STAY;
}

int main(int argc, char **argv) {
    const int rounds = argc > 1 ? atoi(argv[1]) : 100;
    for (int i = 0; i < rounds; i++)
        site_remapped_a();
    remap_own_code();
    dlclose(dlopen("libm.so.6", RTLD_NOW)); /* so that the agent looks again what is mapped */
    for (int i = 0; i < rounds; i++)
        site_remapped_b();
    say_kept("site_remapped_", 'a', rounds);
    say_kept("site_remapped_", 'b', rounds);
    free_when_asked();
    return 0;
}

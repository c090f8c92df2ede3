/* Waits in code of its own that lies in memory of its own, as on huge pages. */
#include "tests/truth/programs/remap.h"
#include "tests/truth/programs/waits.h"

SITE waits_inside(void) {
    pause();
    STAY;
}

SITE waits_outside(void) {
    waits_inside();
    STAY;
}

int main(void) {
    remap_own_code();
    puts("ready");
    fflush(stdout);
    waits_outside();
    return 0;
}

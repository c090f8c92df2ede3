/* dir_late DIRECTORY: the directory for dumps cannot be written to at the first request; then it is
 * made, and there is a second. */
#include "prog.h"

#include <sys/stat.h>

int main(int argc, char **argv) {
    char command[512];
    churn(2000);
    burn_ms(20);
    if (getenv("CPROF_DIR")) {
        status_of(send_from_outside(SIGUSR2, 1, 0));
        burn_ms(100);
        snprintf(command, sizeof command, "mkdir -p %s", argv[1]);
        unsetenv("LD_PRELOAD");
        CHECK(system(command) == 0);
        status_of(send_from_outside(SIGUSR2, 1, 0));
        burn_ms(100);
    }
    printf("done\n");
    return 0;
}

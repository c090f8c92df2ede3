/* closed_stdio FILE: started without some of descriptors 0 to 2, or closing them itself, it opens
 * FILE, which gets the lowest number, and works while dumps are asked for. */
#include "prog.h"

#include <fcntl.h>

int main(int argc, char **argv) {
    if (argc > 2)
        close(2);
    int fd = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644);
    CHECK(write(fd, "data\n", 5) == 5);
    churn(2000);
    burn_ms(30);
    if (getenv("CPROF_DIR")) {
        status_of(send_from_outside(SIGUSR2, 3, 20));
        burn_ms(50);
    }
    CHECK(write(fd, "more\n", 5) == 5);
    return fd;
}

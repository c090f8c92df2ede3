/* Closes every descriptor that it did not open, takes their numbers for files of its own, and works
 * while dumps are asked for. The files hold what it wrote, no more and no less. */
#include "prog.h"

#include <fcntl.h>
#include <sys/stat.h>

int main(void) {
    enum { FILES = 40 };
    int fd[FILES];
    char name[64];
    churn(2000);
    burn_ms(20);
    closefrom(3);
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "/tmp/closefrom.%d.%d", (int)getpid(), i);
        fd[i] = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
        CHECK(fd[i] == 3 + i);
        unlink(name);
    }
    pid_t sender = getenv("CPROF_DIR") ? send_from_outside(SIGUSR2, 10, 2) : 0;
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < FILES; i++)
            CHECK(write(fd[i], "0123456789", 10) == 10);
        burn_ms(2);
        churn(100);
    }
    if (sender)
        status_of(sender);
    for (int i = 0; i < FILES; i++) {
        struct stat st;
        CHECK(fstat(fd[i], &st) == 0 && st.st_size == 200);
        CHECK(lseek(fd[i], 0, SEEK_CUR) == 200);
        CHECK(close(fd[i]) == 0);
    }
    CHECK(open("/dev/null", O_RDONLY) == 3);
    printf("done\n");
    return 0;
}

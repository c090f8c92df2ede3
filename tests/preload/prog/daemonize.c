/* A daemon of the old school: two forks, a session, / as directory, every descriptor closed; then
 * it works and ends. Its parent waits for it by a pipe that it keeps. */
#include "prog.h"

#include <fcntl.h>

int main(void) {
    int ends[2];
    char c;
    churn(500);
    CHECK(pipe(ends) == 0);
    pid_t pid = fork();
    if (pid > 0) {
        close(ends[1]);
        CHECK(status_of(pid) == 0);
        CHECK(read(ends[0], &c, 1) == 1 && c == 'k');
        CHECK(read(ends[0], &c, 1) == 0);
        printf("done\n");
        return 0;
    }
    CHECK(setsid() >= 0);
    if (fork() > 0)
        _exit(0);
    CHECK(chdir("/") == 0);
    CHECK(dup2(ends[1], 200) == 200);
    for (int fd = 0; fd < 100; fd++)
        close(fd);
    CHECK(open("/dev/null", O_RDWR) == 0);
    burn_ms(50);
    churn(3000);
    CHECK(write(200, "k", 1) == 1);
    return 0;
}

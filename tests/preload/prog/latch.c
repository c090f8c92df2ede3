/* latch: blocks SIGURG in all its threads and reads it from a descriptor, as PostgreSQL's latches
 * do, until a line comes on stdin. Prints how often the latch was set, by itself and by others. */
#include "prog.h"

#include <poll.h>
#include <pthread.h>
#include <sys/signalfd.h>

static void *sleeper(void *arg) {
    for (;;)
        pause();
    return NULL;
}

int main(void) {
    sigset_t urg;
    pthread_t thread;
    struct signalfd_siginfo si;
    unsigned own = 0, others = 0;
    sigemptyset(&urg);
    sigaddset(&urg, SIGURG);
    sigprocmask(SIG_BLOCK, &urg, NULL);
    CHECK(pthread_create(&thread, NULL, sleeper, NULL) == 0);
    int fd = signalfd(-1, &urg, SFD_CLOEXEC | SFD_NONBLOCK);
    struct pollfd p[] = {{.fd = fd, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
    CHECK(fd >= 0);
    puts("ready");
    fflush(stdout);
    kill(getpid(), SIGURG);
    do {
        CHECK(poll(p, 2, -1) > 0);
        while (read(fd, &si, sizeof si) == (ssize_t)sizeof si)
            *(si.ssi_pid == (uint32_t)getpid() ? &own : &others) += 1;
    } while (!p[1].revents);
    printf("own %u\nothers %u\n", own, others);
    return 0;
}

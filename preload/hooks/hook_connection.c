/* Hooks: making connections. */
#include <sys/socket.h>

#include "preload/real.h"
#include "preload/wait.h"

HOOK int accept(int fd, struct sockaddr *restrict from, socklen_t *restrict len) {
    int r = WAIT_IO(ARENA_WAIT_ACCEPT, fd, POLLIN, REAL(accept)(fd, from, len));
    descriptor_learn(r, false);
    return r;
}

HOOK int accept4(int fd, struct sockaddr *restrict from, socklen_t *restrict len, int flags) {
    int r = WAIT_IO(ARENA_WAIT_ACCEPT, fd, POLLIN, REAL(accept4)(fd, from, len, flags));
    descriptor_learn(r, flags & SOCK_NONBLOCK);
    return r;
}

HOOK int connect(int fd, const struct sockaddr *to, socklen_t len) {
    return WAIT_IO(ARENA_WAIT_CONNECT, fd, POLLOUT, REAL(connect)(fd, to, len));
}

/* Another name that glibc exports. */
HOOK __typeof__(connect) __connect __attribute__((alias("connect")));

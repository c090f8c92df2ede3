/* Hooks: writing and sending. */
#include <mqueue.h>
#include <sys/msg.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "preload/real.h"
#include "preload/wait.h"

#define WRITE(fd, call) return WAIT_IO(ARENA_WAIT_WRITE, fd, POLLOUT, call)

typedef struct iovec iovec;

/* A blocking write is only short when something went wrong; a signal of ours must not be that. (A
 * list of buffers, or a file's transfer, may come back short.) */
static COLD ssize_t write_rest(struct wait *w, ssize_t r, int fd, const char *buf, size_t n) {
    return WAIT_TRANSFER_REST(w, r, POLLOUT, n, REAL(write)(fd, buf + done_, n - done_));
}

HOT HOOK ssize_t write(int fd, const void *buf, size_t n) {
    return WAIT_TRANSFER(ARENA_WAIT_WRITE, fd, n, REAL(write)(fd, buf, n),
                         write_rest(&w_, r_, fd, buf, n));
}

HOOK ssize_t pwrite(int fd, const void *buf, size_t n, off_t at) {
    WRITE(fd, REAL(pwrite)(fd, buf, n, at));
}

HOOK ssize_t pwrite64(int fd, const void *buf, size_t n, off64_t at) {
    WRITE(fd, REAL(pwrite64)(fd, buf, n, at));
}

HOT HOOK ssize_t writev(int fd, const iovec *v, int n) {
    WRITE(fd, REAL(writev)(fd, v, n));
}

HOOK ssize_t pwritev(int fd, const iovec *v, int n, off_t at) {
    WRITE(fd, REAL(pwritev)(fd, v, n, at));
}

HOOK ssize_t pwritev64(int fd, const iovec *v, int n, off64_t at) {
    WRITE(fd, REAL(pwritev64)(fd, v, n, at));
}

HOOK ssize_t pwritev2(int fd, const iovec *v, int n, off_t at, int flags) {
    WRITE(fd, REAL(pwritev2)(fd, v, n, at, flags));
}

HOOK ssize_t pwritev64v2(int fd, const iovec *v, int n, off64_t at, int flags) {
    WRITE(fd, REAL(pwritev64v2)(fd, v, n, at, flags));
}

HOOK ssize_t sendfile(int out, int in, off_t *at, size_t n) {
    WRITE(out, REAL(sendfile)(out, in, at, n));
}

HOOK ssize_t sendfile64(int out, int in, off64_t *at, size_t n) {
    WRITE(out, REAL(sendfile64)(out, in, at, n));
}

/* ---- sockets; MSG_DONTWAIT means what it says */

#define SEND(fd, flags, call)                                                                      \
    do {                                                                                           \
        if ((flags)&MSG_DONTWAIT)                                                                  \
            return call;                                                                           \
        WRITE(fd, call);                                                                           \
    } while (0)

static COLD ssize_t sendto_rest(struct wait *w, ssize_t r, int fd, const char *buf, size_t n,
                                int flags, const struct sockaddr *to, socklen_t len) {
    return WAIT_TRANSFER_REST(w, r, POLLOUT, n,
                              REAL(sendto)(fd, buf + done_, n - done_, flags, to, len));
}

HOT HOOK ssize_t send(int fd, const void *buf, size_t n, int flags) {
    if (flags & MSG_DONTWAIT)
        return REAL(send)(fd, buf, n, flags);
    return WAIT_TRANSFER(ARENA_WAIT_WRITE, fd, n, REAL(send)(fd, buf, n, flags),
                         sendto_rest(&w_, r_, fd, buf, n, flags, NULL, 0));
}

HOOK ssize_t sendto(int fd, const void *buf, size_t n, int flags, const struct sockaddr *to,
                    socklen_t len) {
    if (flags & MSG_DONTWAIT)
        return REAL(sendto)(fd, buf, n, flags, to, len);
    return WAIT_TRANSFER(ARENA_WAIT_WRITE, fd, n, REAL(sendto)(fd, buf, n, flags, to, len),
                         sendto_rest(&w_, r_, fd, buf, n, flags, to, len));
}

HOT HOOK ssize_t sendmsg(int fd, const struct msghdr *msg, int flags) {
    SEND(fd, flags, REAL(sendmsg)(fd, msg, flags));
}

HOOK int sendmmsg(int fd, struct mmsghdr *v, unsigned n, int flags) {
    SEND(fd, flags, REAL(sendmmsg)(fd, v, n, flags));
}

/* ---- message queues, System V's and POSIX's (whose descriptors are files) */

HOOK int msgsnd(int id, const void *msg, size_t n, int flags) {
    if (flags & IPC_NOWAIT)
        return REAL(msgsnd)(id, msg, n, flags);
    WRITE(-1, REAL(msgsnd)(id, msg, n, flags));
}

HOOK int mq_send(mqd_t q, const char *msg, size_t n, unsigned priority) {
    WRITE(q, REAL(mq_send)(q, msg, n, priority));
}

HOOK int mq_timedsend(mqd_t q, const char *msg, size_t n, unsigned priority,
                      const struct timespec *until) {
    WRITE(q, REAL(mq_timedsend)(q, msg, n, priority, until));
}

/* Other names that glibc exports. */
HOOK __typeof__(write) __write __attribute__((alias("write"), hot));
HOOK __typeof__(pwrite64) __pwrite64 __attribute__((alias("pwrite64")));
HOOK __typeof__(send) __send __attribute__((alias("send"), hot));

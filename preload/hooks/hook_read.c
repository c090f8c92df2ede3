/* Hooks: reading and receiving, with the checked forms that _FORTIFY_SOURCE calls. */
#include <mqueue.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "preload/real.h"
#include "preload/wait.h"

#define READ(fd, call) return WAIT_IO(ARENA_WAIT_READ, fd, POLLIN, call)

typedef struct iovec iovec;
typedef struct sockaddr sockaddr;

HOT HOOK ssize_t read(int fd, void *buf, size_t n) {
    READ(fd, REAL(read)(fd, buf, n));
}

HOOK ssize_t pread(int fd, void *buf, size_t n, off_t at) {
    READ(fd, REAL(pread)(fd, buf, n, at));
}

HOT HOOK ssize_t pread64(int fd, void *buf, size_t n, off64_t at) {
    READ(fd, REAL(pread64)(fd, buf, n, at));
}

HOOK ssize_t readv(int fd, const iovec *v, int n) {
    READ(fd, REAL(readv)(fd, v, n));
}

HOOK ssize_t preadv(int fd, const iovec *v, int n, off_t at) {
    READ(fd, REAL(preadv)(fd, v, n, at));
}

HOOK ssize_t preadv64(int fd, const iovec *v, int n, off64_t at) {
    READ(fd, REAL(preadv64)(fd, v, n, at));
}

HOOK ssize_t preadv2(int fd, const iovec *v, int n, off_t at, int flags) {
    READ(fd, REAL(preadv2)(fd, v, n, at, flags));
}

HOOK ssize_t preadv64v2(int fd, const iovec *v, int n, off64_t at, int flags) {
    READ(fd, REAL(preadv64v2)(fd, v, n, at, flags));
}

/* ---- sockets; MSG_DONTWAIT means what it says */

#define RECEIVE(fd, flags, call)                                                                   \
    do {                                                                                           \
        if ((flags)&MSG_DONTWAIT)                                                                  \
            return call;                                                                           \
        READ(fd, call);                                                                            \
    } while (0)

/* All of it was asked for. */
static bool wants_all(int flags) {
    return (flags & (MSG_WAITALL | MSG_DONTWAIT | MSG_PEEK)) == MSG_WAITALL;
}

static COLD ssize_t recv_rest(struct wait *w, ssize_t r, int fd, char *buf, size_t n, int flags) {
    return WAIT_TRANSFER_REST(w, r, POLLIN, n, REAL(recv)(fd, buf + done_, n - done_, flags));
}

static COLD ssize_t recv_all(int fd, void *buf, size_t n, int flags) {
    return WAIT_TRANSFER(ARENA_WAIT_READ, fd, n, REAL(recv)(fd, buf, n, flags),
                         recv_rest(&w_, r_, fd, buf, n, flags));
}

HOT HOOK ssize_t recv(int fd, void *buf, size_t n, int flags) {
    if (unlikely(wants_all(flags)))
        return recv_all(fd, buf, n, flags);
    RECEIVE(fd, flags, REAL(recv)(fd, buf, n, flags));
}

HOOK ssize_t recvfrom(int fd, void *restrict buf, size_t n, int flags, sockaddr *restrict from,
                      socklen_t *restrict len) {
    RECEIVE(fd, flags, REAL(recvfrom)(fd, buf, n, flags, from, len));
}

HOOK ssize_t recvmsg(int fd, struct msghdr *msg, int flags) {
    RECEIVE(fd, flags, REAL(recvmsg)(fd, msg, flags));
}

HOOK int recvmmsg(int fd, struct mmsghdr *v, unsigned n, int flags, struct timespec *timeout) {
    RECEIVE(fd, flags, REAL(recvmmsg)(fd, v, n, flags, timeout));
}

/* ---- checked forms: `room` is the size of the buffer */

ssize_t __read_chk(int fd, void *buf, size_t n, size_t room);
ssize_t __pread_chk(int fd, void *buf, size_t n, off_t at, size_t room);
ssize_t __pread64_chk(int fd, void *buf, size_t n, off64_t at, size_t room);
ssize_t __recv_chk(int fd, void *buf, size_t n, size_t room, int flags);
ssize_t __recvfrom_chk(int fd, void *restrict buf, size_t n, size_t room, int flags,
                       sockaddr *restrict from, socklen_t *restrict len);

HOOK ssize_t __read_chk(int fd, void *buf, size_t n, size_t room) {
    READ(fd, REAL(__read_chk)(fd, buf, n, room));
}

HOOK ssize_t __pread_chk(int fd, void *buf, size_t n, off_t at, size_t room) {
    READ(fd, REAL(__pread_chk)(fd, buf, n, at, room));
}

HOOK ssize_t __pread64_chk(int fd, void *buf, size_t n, off64_t at, size_t room) {
    READ(fd, REAL(__pread64_chk)(fd, buf, n, at, room));
}

HOOK ssize_t __recv_chk(int fd, void *buf, size_t n, size_t room, int flags) {
    RECEIVE(fd, flags, REAL(__recv_chk)(fd, buf, n, room, flags));
}

HOOK ssize_t __recvfrom_chk(int fd, void *restrict buf, size_t n, size_t room, int flags,
                            sockaddr *restrict from, socklen_t *restrict len) {
    RECEIVE(fd, flags, REAL(__recvfrom_chk)(fd, buf, n, room, flags, from, len));
}

/* ---- message queues, System V's and POSIX's (whose descriptors are files) */

HOOK ssize_t msgrcv(int id, void *msg, size_t n, long type, int flags) {
    if (flags & IPC_NOWAIT)
        return REAL(msgrcv)(id, msg, n, type, flags);
    READ(-1, REAL(msgrcv)(id, msg, n, type, flags));
}

HOOK ssize_t mq_receive(mqd_t q, char *msg, size_t n, unsigned *priority) {
    READ(q, REAL(mq_receive)(q, msg, n, priority));
}

HOOK ssize_t mq_timedreceive(mqd_t q, char *restrict msg, size_t n, unsigned *restrict priority,
                             const struct timespec *restrict until) {
    READ(q, REAL(mq_timedreceive)(q, msg, n, priority, until));
}

/* Other names that glibc exports. */
HOOK __typeof__(read) __read __attribute__((alias("read"), hot));
HOOK __typeof__(pread64) __pread64 __attribute__((alias("pread64"), hot));

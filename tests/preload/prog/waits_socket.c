/* waits_socket: connections and what is sent over them, by every function for it. */
#include "waits.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

static char buf[4096], other[4096];

/* ---- receiving; a datagram socket, so that each is one message */

static long by_read(int fd, int flags) {
    return read(fd, buf, 100);
}

static long by_recv(int fd, int flags) {
    return recv(fd, buf, 100, flags);
}

static long by_recvfrom(int fd, int flags) {
    struct sockaddr_storage from;
    socklen_t len = sizeof from;
    return recvfrom(fd, buf, 100, flags, (struct sockaddr *)&from, &len);
}

static long by_recvmsg(int fd, int flags) {
    struct iovec v[2] = {{buf, 2}, {buf + 2, 98}};
    struct msghdr m = {.msg_iov = v, .msg_iovlen = 2};
    return recvmsg(fd, &m, flags);
}

static long by_recvmmsg(int fd, int flags) {
    struct iovec v[2] = {{buf, 100}, {other, 100}};
    struct mmsghdr m[2] = {{.msg_hdr = {.msg_iov = &v[0], .msg_iovlen = 1}},
                           {.msg_hdr = {.msg_iov = &v[1], .msg_iovlen = 1}}};
    struct timespec timeout = {10, 0};
    return recvmmsg(fd, m, 2, flags | MSG_WAITFORONE, &timeout);
}

static struct {
    const char *name;
    long (*fn)(int, int);
} receives[] = {{"read", by_read},
                {"recv", by_recv},
                {"recvfrom", by_recvfrom},
                {"recvmsg", by_recvmsg},
                {"recvmmsg", by_recvmmsg}};

static void send_one(void *fd) {
    CHECK(send(*(int *)fd, "message", 7, 0) == 7);
}

static void set_timeout(int fd, int which, int ms) {
    struct timeval tv = {ms / 1000, ms % 1000 * 1000};
    CHECK(setsockopt(fd, SOL_SOCKET, which, &tv, sizeof tv) == 0);
}

static void each_receive(long (*fn)(int, int)) {
    int fd[2];
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, fd) == 0);
    send_one(&fd[1]);
    R(fn(fd[0], 0));
    SAY("%.7s", buf);
    MEANWHILE(send_one, &fd[1], R(fn(fd[0], 0)));
    if (fn != by_read)
        AT_ONCE(R(fn(fd[0], MSG_DONTWAIT)));
    handle(SIGALRM, 0);
    INTERRUPTED(R(fn(fd[0], 0)));
    set_timeout(fd[0], SO_RCVTIMEO, 40);
    TAKES_TICKS(40, R(fn(fd[0], 0)));
    set_timeout(fd[0], SO_RCVTIMEO, 20000);
    for (int flags = 0; flags <= SA_RESTART; flags += SA_RESTART) {
        handle(SIGALRM, flags); /* with a time-out it is never begun again */
        INTERRUPTED(R(fn(fd[0], 0)));
    }
    fcntl(fd[0], F_SETFL, O_NONBLOCK);
    R(fn(fd[0], 0));
    close(fd[0]);
    R(fn(fd[0], 0));
    close(fd[1]);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
    close(fd[1]);
    R(fn(fd[0], 0));
    close(fd[0]);
}

/* ---- sending */

static long s_write(int fd, int flags) {
    return write(fd, buf, sizeof buf);
}

static long s_send(int fd, int flags) {
    return send(fd, buf, sizeof buf, flags);
}

static long s_sendto(int fd, int flags) {
    return sendto(fd, buf, sizeof buf, flags, NULL, 0);
}

static long s_sendmsg(int fd, int flags) {
    struct iovec v[2] = {{buf, 2048}, {buf + 2048, 2048}};
    struct msghdr m = {.msg_iov = v, .msg_iovlen = 2};
    return sendmsg(fd, &m, flags);
}

static long s_sendmmsg(int fd, int flags) {
    struct iovec v = {buf, sizeof buf};
    struct mmsghdr m = {.msg_hdr = {.msg_iov = &v, .msg_iovlen = 1}};
    return sendmmsg(fd, &m, 1, flags);
}

static struct {
    const char *name;
    long (*fn)(int, int);
} sends[] = {{"write", s_write},
             {"send", s_send},
             {"sendto", s_sendto},
             {"sendmsg", s_sendmsg},
             {"sendmmsg", s_sendmmsg}};

static void drain(void *fd) {
    char into[8192];
    while (recv(*(int *)fd, into, sizeof into, MSG_DONTWAIT) > 0)
        ;
}

static void fill(int fd) {
    while (send(fd, buf, sizeof buf, MSG_DONTWAIT) > 0)
        ;
}

static void close_it(void *fd) {
    close(*(int *)fd);
}

static void each_send(long (*fn)(int, int)) {
    int fd[2];
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd) == 0);
    R(fn(fd[0], 0));
    fill(fd[0]);
    MEANWHILE(drain, &fd[1], R(fn(fd[0], 0)));
    fill(fd[0]);
    if (fn != s_write)
        AT_ONCE(R(fn(fd[0], MSG_DONTWAIT)));
    handle(SIGALRM, 0);
    INTERRUPTED(R(fn(fd[0], 0)));
    set_timeout(fd[0], SO_SNDTIMEO, 40);
    TAKES_TICKS(40, R(fn(fd[0], 0)));
    set_timeout(fd[0], SO_SNDTIMEO, 20000);
    INTERRUPTED(R(fn(fd[0], 0)));
    MEANWHILE(close_it, &fd[1], R(fn(fd[0], MSG_NOSIGNAL)));
    R(fn(fd[0], MSG_NOSIGNAL));
    close(fd[0]);
    R(fn(fd[0], 0));
}

/* ---- connections */

static struct sockaddr_in address;

static int listener(int backlog) {
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(fd >= 0);
    address = (struct sockaddr_in){.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(bind(fd, (struct sockaddr *)&address, len) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
    CHECK(listen(fd, backlog) == 0);
    return fd;
}

static void come(void *fd) {
    int s = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connect(s, (struct sockaddr *)&address, sizeof address) == 0);
    *(int *)fd = s;
}

static int by_accept(int fd) {
    return accept(fd, NULL, NULL);
}

static int by_accept4(int fd) {
    struct sockaddr_in peer;
    socklen_t len = sizeof peer;
    int r = accept4(fd, (struct sockaddr *)&peer, &len, SOCK_CLOEXEC);
    if (r >= 0)
        SAY("from %s, flags %d", peer.sin_family == AF_INET ? "inet" : "elsewhere",
            fcntl(r, F_GETFD));
    return r;
}

static void accepts(int (*fn)(int)) {
    int fd = listener(5), one, got;
    come(&one);
    got = fn(fd);
    R(got >= 0);
    close(got);
    close(one);
    MEANWHILE(come, &one, got = fn(fd));
    R(got >= 0);
    close(got);
    close(one);
    handle(SIGALRM, 0);
    INTERRUPTED(R(fn(fd)));
    set_timeout(fd, SO_RCVTIMEO, 40);
    TAKES_TICKS(40, R(fn(fd)));
    set_timeout(fd, SO_RCVTIMEO, 20000);
    INTERRUPTED(R(fn(fd)));
    fcntl(fd, F_SETFL, O_NONBLOCK);
    R(fn(fd));
    close(fd);
    R(fn(fd));
    fd = socket(AF_INET, SOCK_STREAM, 0);
    R(fn(fd));
    close(fd);
}

static int knock(int fd) {
    return connect(fd, (struct sockaddr *)&address, sizeof address);
}

static void accept_one(void *fd) {
    int got = accept(*(int *)fd, NULL, NULL);
    CHECK(got >= 0);
    close(got);
}

/* A socket whose queue is full makes others wait. */
static void connects(void) {
    struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "\0cpprof-test"};
    int fd = listener(5), s = socket(AF_INET, SOCK_STREAM, 0), first;
    R(knock(s));
    R(knock(s));
    close(s);
    close(fd);
    s = socket(AF_INET, SOCK_STREAM, 0);
    R(knock(s));
    close(s);
    R(knock(s));
    snprintf(un.sun_path + 12, 40, "%d", (int)getpid());
    socklen_t len = sizeof un;
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(bind(fd, (struct sockaddr *)&un, len) == 0 && listen(fd, 0) == 0);
    first = socket(AF_UNIX, SOCK_STREAM, 0);
    R(connect(first, (struct sockaddr *)&un, len));
    s = socket(AF_UNIX, SOCK_STREAM, 0);
    MEANWHILE(accept_one, &fd, R(connect(s, (struct sockaddr *)&un, len)));
    close(s);
    s = socket(AF_UNIX, SOCK_STREAM, 0);
    handle(SIGALRM, 0);
    INTERRUPTED(R(connect(s, (struct sockaddr *)&un, len)));
    set_timeout(s, SO_SNDTIMEO, 40);
    TAKES_TICKS(40, R(connect(s, (struct sockaddr *)&un, len)));
    set_timeout(s, SO_SNDTIMEO, 20000);
    INTERRUPTED(R(connect(s, (struct sockaddr *)&un, len)));
    fcntl(s, F_SETFL, O_NONBLOCK);
    R(connect(s, (struct sockaddr *)&un, len));
}

int main(void) {
    for (size_t i = 0; i < sizeof receives / sizeof *receives; i++) {
        SAY("== %s", receives[i].name);
        each_receive(receives[i].fn);
    }
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < sizeof sends / sizeof *sends; i++) {
        SAY("== %s", sends[i].name);
        each_send(sends[i].fn);
    }
    SAY("== accept");
    accepts(by_accept);
    SAY("== accept4");
    accepts(by_accept4);
    SAY("== connect");
    connects();
    return 0;
}

/* descriptors HOW: a descriptor that does not block for a while, and then does, or is another one.
 * Each of the READS reads that follow waits, and has to be seen: prints how many there were. What
 * does the waking is a process, that leaves nothing behind.
 *
 *   fcntl, ioctl     the program says so
 *   close, dup2, dup3, accept    another one gets the number
 *   unseen           by a system call: found out after some reads
 *   vfork            a child that shares the memory changes a descriptor of its own
 *
 * Others print what their calls say:
 *
 *   whole        a write that a belief is wrong for is whole, whatever signals come
 *   timeout      a socket's time-out is that, too
 *   filter       nothing asks for more system calls than the program makes
 *   children     CHILDREN processes wait for WAITS short times each */
#include "prog.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { READS = 200, NUMBER = 20, CHILDREN = 300, WAITS = 4 };

static int feeder;    /* a byte to it: one byte comes back a moment later ... */
static int from_feed; /* ... here */

static void feed(void) {
    int ask[2], answer[2];
    CHECK(pipe(ask) == 0 && pipe(answer) == 0);
    if (syscall(SYS_fork) == 0) {
        char c;
        close(ask[1]);
        while (syscall(SYS_read, ask[0], &c, 1) == 1) {
            struct timespec t = {0, 1000000};
            syscall(SYS_nanosleep, &t, NULL);
            syscall(SYS_write, answer[1], &c, 1);
        }
        syscall(SYS_exit_group, 0);
    }
    feeder = ask[1];
    from_feed = answer[0];
}

static void set_flags(int fd, int nonblocking, const char *how) {
    if (strcmp(how, "ioctl") == 0)
        CHECK(ioctl(fd, FIONBIO, &nonblocking) == 0);
    else if (strcmp(how, "unseen") == 0)
        CHECK(syscall(SYS_fcntl, fd, F_SETFL, nonblocking ? O_NONBLOCK : 0) == 0);
    else
        CHECK(fcntl(fd, F_SETFL, nonblocking ? O_NONBLOCK : 0) == 0);
}

/* Reads that find nothing, until all that can be known of the number is. */
static void use(int fd) {
    char c;
    for (int i = 0; i < 500; i++)
        CHECK(read(fd, &c, 1) == -1 && errno == EAGAIN);
}

static int a_socket(void) {
    int pair[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
    CHECK(fcntl(pair[0], F_DUPFD, NUMBER) == NUMBER);
    close(pair[0]);
    return NUMBER;
}

/* The lowest free number is given: all below are taken. */
static void fill(int below) {
    while (open("/dev/null", O_RDONLY) < below)
        ;
}

static int accepted(void) {
    struct sockaddr_un {
        sa_family_t family;
        char path[108];
    } name = {AF_UNIX, ""};
    int server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
    socklen_t len = sizeof name;
    CHECK(bind(server, (void *)&name, sizeof(sa_family_t)) == 0 && listen(server, 1) == 0);
    CHECK(getsockname(server, (void *)&name, &len) == 0);
    CHECK(connect(client, (void *)&name, len) == 0);
    fill(NUMBER - 1);
    syscall(SYS_close, NUMBER);
    int fd = accept(server, NULL, NULL);
    CHECK(fd == NUMBER);
    syscall(SYS_dup2, from_feed, NUMBER);
    return fd;
}

/* Of SIGURG, which means nothing to a program that has no handler, for longer than a case takes. */
static pid_t sender(void) {
    return send_from_outside(SIGURG, 2000, 3);
}

/* Believed not to block from now on, and blocks. */
static void mislead(int fd) {
    CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0 && syscall(SYS_fcntl, fd, F_SETFL, 0) == 0);
}

static void whole(void) {
    enum { BYTES = 200000 };
    static char bytes[BYTES];
    int to_slow[2], seen = 0;
    CHECK(pipe(to_slow) == 0);
    if (syscall(SYS_fork) == 0) {
        struct timespec t = {0, 1000000};
        close(to_slow[1]);
        while (syscall(SYS_read, to_slow[0], bytes, 4096) > 0)
            syscall(SYS_nanosleep, &t, NULL);
        syscall(SYS_exit_group, 0);
    }
    pid_t pid = sender();
    for (int i = 0; i < 5; i++) {
        mislead(to_slow[1]);
        seen += write(to_slow[1], bytes, BYTES) == BYTES;
    }
    kill(pid, SIGKILL);
    printf("%d whole\n", seen);
}

static void time_out(void) {
    struct timeval half = {0, 500000};
    int pair[2];
    char c;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    CHECK(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &half, sizeof half) == 0);
    pid_t pid = sender();
    for (int i = 0; i < 3; i++) {
        mislead(pair[0]);
        printf("%zd %s\n", read(pair[0], &c, 1), strerror(errno));
    }
    kill(pid, SIGKILL);
}

static void filter(void) {
    struct sock_filter no_getpid[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpid, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {4, no_getpid};
    int yes = 1;
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
    CHECK(fcntl(from_feed, F_SETFL, O_NONBLOCK) == 0 && ioctl(from_feed, FIONBIO, &yes) == 0);
    use(from_feed);
    printf("alive\n");
}

static void children(void) {
    struct timespec t = {0, 300000};
    nanosleep(&t, NULL);
    for (int i = 0; i < CHILDREN; i++) {
        if (fork() == 0) {
            for (int k = 0; k < WAITS; k++)
                nanosleep(&t, NULL);
            exit(0);
        }
        wait(NULL);
    }
}

int main(int argc, char **argv) {
    const char *how = argv[1];
    volatile int reads = 0; /* vfork */
    int fd;
    feed();
    if (strcmp(how, "whole") == 0)
        return whole(), 0;
    if (strcmp(how, "timeout") == 0)
        return time_out(), 0;
    if (strcmp(how, "filter") == 0)
        return filter(), 0;
    if (strcmp(how, "children") == 0)
        return children(), 0;
    if (strcmp(how, "fcntl") == 0 || strcmp(how, "ioctl") == 0 || strcmp(how, "unseen") == 0) {
        fd = from_feed;
        set_flags(fd, 1, how);
        use(fd);
        set_flags(fd, 0, how);
    } else if (strcmp(how, "vfork") == 0) {
        fd = from_feed;
        if (vfork() == 0) {
            syscall(SYS_dup2, a_socket(), fd);
            use(fd);
            set_flags(fd, 1, "fcntl");
            _exit(0);
        }
    } else {
        use(fd = a_socket());
        if (strcmp(how, "close") == 0) {
            close(fd);
            CHECK(syscall(SYS_dup2, from_feed, fd) == fd);
        } else if (strcmp(how, "dup2") == 0) {
            CHECK(dup2(from_feed, fd) == fd);
        } else if (strcmp(how, "dup3") == 0) {
            CHECK(dup3(from_feed, fd, O_CLOEXEC) == fd);
        } else if (strcmp(how, "accept") == 0) {
            fd = accepted();
        }
    }
    for (int i = 0; i < READS; i++) {
        char c;
        syscall(SYS_write, feeder, "", 1);
        reads += read(fd, &c, 1) == 1;
    }
    printf("%d reads\n", reads);
    return 0;
}

/* waits_io FILE: reading and writing, of pipes and files, by every function for it. */
#include "waits.h"

#include <sys/sendfile.h>
#include <sys/uio.h>

static int ends[2];
static void *volatile nowhere = (void *)1;
static volatile int minus = -1;
static char buf[65536];

static void fresh_pipe(int flags) {
    if (ends[0]) {
        close(ends[0]);
        close(ends[1]);
    }
    CHECK(pipe2(ends, flags) == 0);
}

static struct iovec two[2] = {{buf, 2}, {buf + 2, 3}};

/* ---- reads; all that work on a pipe */

static long by_read(int fd) {
    return read(fd, buf, 5);
}

static long by_readv(int fd) {
    return readv(fd, two, 2);
}

static long by_preadv2(int fd) {
    return preadv2(fd, two, 2, -1, 0);
}

static long by_preadv64v2(int fd) {
    return preadv64v2(fd, two, 2, -1, 0);
}

static struct {
    const char *name;
    long (*fn)(int fd);
} reads[] = {
    {"read", by_read}, {"readv", by_readv}, {"preadv2", by_preadv2}, {"preadv64v2", by_preadv64v2}};

static void write_five(void *fd) {
    CHECK(write(*(int *)fd, "12345", 5) == 5);
}

static void close_it(void *fd) {
    close(*(int *)fd);
}

static void each_read(long (*fn)(int)) {
    fresh_pipe(0);
    write_five(&ends[1]);
    R(fn(ends[0]));
    MEANWHILE(write_five, &ends[1], R(fn(ends[0])));
    SAY("%.5s", buf);
    handle(SIGALRM, 0);
    INTERRUPTED(R(fn(ends[0])));
    handle(SIGALRM, SA_RESTART);
    pthread_t self = pthread_self();
    struct once_blocked o;
    once_blocked(&o, alarm_thread, &self);
    pid_t child = fork(); /* what ends it after the signal */
    if (child == 0) {
        sleep_ms(60);
        write_five(&ends[1]);
        _exit(0);
    }
    R(fn(ends[0]));
    once_blocked_join(&o);
    R(status_of(child));
    MEANWHILE(close_it, &ends[1], R(fn(ends[0]))); /* the end */
    R(fn(ends[0]));
    close(ends[0]);
    R(fn(ends[0]));
    R(fn(-1));
    ends[0] = 0;
    fresh_pipe(O_NONBLOCK);
    R(fn(ends[0]));
    R(fn(ends[1]));
}

/* ---- writes */

static long w_write(int fd) {
    return write(fd, buf, sizeof buf);
}

static struct iovec whole = {buf, sizeof buf};

static long w_writev(int fd) {
    return writev(fd, &whole, 1);
}

static long w_pwritev2(int fd) {
    return pwritev2(fd, &whole, 1, -1, 0);
}

static long w_pwritev64v2(int fd) {
    return pwritev64v2(fd, &whole, 1, -1, 0);
}

static struct {
    const char *name;
    long (*fn)(int fd);
} writes[] = {{"write", w_write},
              {"writev", w_writev},
              {"pwritev2", w_pwritev2},
              {"pwritev64v2", w_pwritev64v2}};

static void read_all(void *fd) {
    char into[sizeof buf];
    for (size_t n = 0; n < 2 * sizeof buf;) {
        ssize_t r = read(*(int *)fd, into, sizeof into);
        CHECK(r > 0);
        n += (size_t)r;
    }
}

static void each_write(long (*fn)(int)) {
    fresh_pipe(0);
    R(fn(ends[1]));
    MEANWHILE(read_all, &ends[0], R(fn(ends[1]))); /* full */
    R(fn(ends[1]));
    handle(SIGALRM, 0);
    INTERRUPTED(R(fn(ends[1])));
    MEANWHILE(close_it, &ends[0], R(fn(ends[1]))); /* nobody reads any more */
    R(fn(ends[1]));
    close(ends[1]);
    R(fn(ends[1]));
    ends[0] = 0;
    fresh_pipe(O_NONBLOCK);
    R(fn(ends[1]));
    R(fn(ends[1]));
    R(fn(ends[0]));
}

/* ---- files */

static void files(const char *path) {
    struct iovec v[2] = {{buf, 3}, {buf + 3, 4}};
    off_t at = 2;
    off64_t at64 = 3;
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600), other;
    CHECK(fd >= 0);
    memcpy(buf, "abcdefghijklmnop", 16);
    R(write(fd, buf, 16));
    R(pwrite(fd, "XY", 2, 4));
    R(pwrite64(fd, "Z", 1, 8));
    R(pwritev(fd, v, 2, 16));
    R(pwritev64(fd, v, 2, 20));
    R(pwritev2(fd, v, 2, 30, 0));
    R(pwritev64v2(fd, v, 2, 40, 0));
    R(pread(fd, buf, 16, 0));
    SAY("%.16s", buf);
    R(pread64(fd, buf, 10, 44));
    R(preadv(fd, v, 2, 5));
    SAY("%.7s", buf);
    R(preadv64(fd, v, 2, 40));
    R(preadv2(fd, v, 2, 4, 0));
    SAY("%.7s", buf);
    R(preadv64v2(fd, v, 2, 45, 0));
    R(preadv2(fd, v, 2, 4, 0x4000));
    R(pread(fd, buf, 1, -1));
    R(pwrite(fd, buf, 1, -1));
    R(preadv(fd, v, minus, 0));
    R(pread(fd, buf, 5, 1000));
    R(lseek(fd, 0, SEEK_CUR));
    R(read(fd, buf, 100));
    R(read(fd, buf, 100));
    R(fsync(fd));
    R(fdatasync(fd));
    R(fsync(-1));
    R(fdatasync(-1));
    R(pread(ends[0], buf, 1, 0));
    R(pwrite(ends[1], buf, 1, 0));
    R(fsync(ends[0]));
    R(fdatasync(ends[1]));
    other = open("/dev/null", O_RDONLY);
    R(write(other, buf, 1));
    R(read(other, buf, 1));
    R(read(fd, nowhere, 0));
    CHECK(lseek(fd, 0, SEEK_SET) == 0);
    R(read(fd, nowhere, 5));
    R(write(fd, nowhere, 5));
    fresh_pipe(0);
    R(sendfile(ends[1], fd, &at, 5));
    R(at);
    R(sendfile64(ends[1], fd, &at64, 5));
    R(at64);
    R(sendfile(ends[1], fd, NULL, 4));
    R(lseek(fd, 0, SEEK_CUR));
    R(read(ends[0], buf, 100));
    SAY("%.10s", buf);
    R(sendfile(ends[1], -1, NULL, 4));
    R(sendfile(fd, ends[0], NULL, 4));
    close(ends[0]);
    ends[0] = 0;
    R(sendfile(ends[1], fd, NULL, 4));
    close(other);
    close(fd);
    unlink(path);
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
        SAY("== %s", reads[i].name);
        each_read(reads[i].fn);
    }
    for (size_t i = 0; i < sizeof writes / sizeof *writes; i++) {
        SAY("== %s", writes[i].name);
        each_write(writes[i].fn);
    }
    files(argv[1]);
    return 0;
}

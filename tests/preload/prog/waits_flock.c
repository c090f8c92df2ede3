/* waits_flock FILE: file locks of all sorts, and all that fcntl does besides. */
#include "waits.h"

#include <sys/file.h>

static const char *path;
static int fd;

static struct flock range(int type, off_t start, off_t len) {
    return (struct flock){
        .l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = len};
}

static int lock_by(int cmd, int type, off_t start, off_t len) {
    struct flock l = range(type, start, len);
    return fcntl(fd, cmd, &l);
}

static int lock_by64(int cmd, int type, off64_t start, off64_t len) {
    struct flock64 l = {
        .l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = len};
    return fcntl64(fd, cmd, &l);
}

/* ---- another process that holds one, until a byte comes or its end */

struct peer {
    pid_t pid;
    int fd;
};

static struct peer peer_with(int (*lock)(int fd)) {
    int go[2], done[2];
    char c;
    CHECK(pipe(go) == 0 && pipe(done) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        fd = open(path, O_RDWR);
        close(go[1]);
        CHECK(lock(fd) == 0);
        CHECK(write(done[1], "x", 1) == 1);
        if (read(go[0], &c, 1) != 1)
            _exit(9);
        _exit(0);
    }
    close(go[0]);
    close(done[1]);
    CHECK(read(done[0], &c, 1) == 1);
    close(done[0]);
    return (struct peer){pid, go[1]};
}

static void release(void *peer) {
    CHECK(write(((struct peer *)peer)->fd, "x", 1) == 1);
}

static void gone(struct peer *p) {
    CHECK(status_of(p->pid) == 0);
    close(p->fd);
}

static int p_flock(int f) {
    return flock(f, LOCK_EX);
}

static int p_posix(int f) {
    return lock_by(F_SETLKW, F_WRLCK, 0, 10);
}

static int p_ofd(int f) {
    return lock_by(F_OFD_SETLKW, F_WRLCK, 0, 10);
}

static int by_flock_ex(void) {
    return flock(fd, LOCK_EX);
}

static int by_flock_sh(void) {
    return flock(fd, LOCK_SH);
}

static int by_setlkw(void) {
    return lock_by(F_SETLKW, F_WRLCK, 5, 10);
}

static int by_setlkw64(void) {
    return lock_by64(F_SETLKW, F_RDLCK, 5, 10);
}

static int by_ofd(void) {
    return lock_by(F_OFD_SETLKW, F_WRLCK, 5, 10);
}

static int by_lockf(void) {
    lseek(fd, 0, SEEK_SET);
    return lockf(fd, F_LOCK, 5);
}

static int by_lockf64(void) {
    lseek(fd, 0, SEEK_SET);
    return lockf64(fd, F_LOCK, 5);
}

static struct {
    const char *name;
    int (*fn)(void);
    int (*peer)(int);
} locks[] = {{"flock, exclusive", by_flock_ex, p_flock},
             {"flock, shared", by_flock_sh, p_flock},
             {"F_SETLKW", by_setlkw, p_posix},
             {"F_SETLKW, 64", by_setlkw64, p_posix},
             {"F_OFD_SETLKW", by_ofd, p_ofd},
             {"lockf", by_lockf, p_posix},
             {"lockf64", by_lockf64, p_posix}};

static void unlock(void) {
    flock(fd, LOCK_UN);
    lock_by(F_SETLK, F_UNLCK, 0, 0);
    lock_by(F_OFD_SETLK, F_UNLCK, 0, 0);
}

static void each(int (*fn)(void), int (*lock)(int)) {
    R(fn());
    R(fn());
    unlock();
    struct peer p = peer_with(lock);
    R(flock(fd, LOCK_EX | LOCK_NB));
    flock(fd, LOCK_UN);
    R(lock_by(F_SETLK, F_WRLCK, 0, 10));
    R(lock_by(F_OFD_SETLK, F_WRLCK, 0, 10));
    unlock();
    lseek(fd, 0, SEEK_SET);
    R(lockf(fd, F_TLOCK, 5));
    R(lockf64(fd, F_TEST, 5));
    unlock();
    handle(SIGALRM, 0);
    INTERRUPTED(R(fn()));
    MEANWHILE(release, &p, R(fn()));
    gone(&p);
    unlock();
}

/* Two processes, each of which waits for what the other has. */
static void deadlock(void) {
    SAY("== deadlock");
    R(lock_by(F_SETLKW, F_WRLCK, 0, 1));
    int done[2];
    char c;
    CHECK(pipe(done) == 0);
    pid_t child = fork();
    if (child == 0) {
        CHECK(lock_by(F_SETLKW, F_WRLCK, 1, 1) == 0);
        CHECK(write(done[1], "x", 1) == 1);
        CHECK(lock_by(F_SETLKW, F_WRLCK, 0, 1) == 0);
        _exit(5);
    }
    CHECK(read(done[0], &c, 1) == 1);
    int letter = 0;
    for (int i = 0; i < 3000 && letter < 3; i++) {
        char name[64], text[256];
        snprintf(name, sizeof name, "/proc/%d/stat", (int)child);
        int f = open(name, O_RDONLY);
        ssize_t n = read(f, text, sizeof text - 1);
        close(f);
        text[n > 0 ? n : 0] = 0;
        char *end = strrchr(text, ')');
        letter = end && end[2] == 'S' ? letter + 1 : 0;
        sleep_ms(1);
    }
    R(lock_by(F_SETLKW, F_WRLCK, 1, 1));
    R(lock_by(F_SETLK, F_UNLCK, 0, 1));
    R(status_of(child));
    unlock();
}

static void other_commands(void) {
    struct f_owner_ex owner = {F_OWNER_PID, getpid()};
    int ends[2], copy;
    SAY("== fcntl");
    copy = fcntl(fd, F_DUPFD, 50);
    R(copy);
    R(fcntl(copy, F_GETFD));
    R(fcntl(copy, F_SETFD, FD_CLOEXEC));
    R(fcntl(copy, F_GETFD));
    close(copy);
    copy = fcntl64(fd, F_DUPFD_CLOEXEC, 60);
    R(copy);
    R(fcntl(copy, F_GETFD));
    R(fcntl(copy, F_GETFL) == (O_RDWR | O_LARGEFILE) || fcntl(copy, F_GETFL) == O_RDWR);
    R(fcntl(copy, F_SETFL, O_APPEND));
    R(fcntl(fd, F_GETFL) & O_APPEND ? 1 : 0);
    R(fcntl(copy, F_SETFL, 0));
    close(copy);
    R(fcntl(copy, F_GETFD));
    R(fcntl(fd, 12345, 1));
    CHECK(pipe(ends) == 0);
    R(fcntl(ends[1], F_SETPIPE_SZ, 8192));
    R(fcntl(ends[1], F_GETPIPE_SZ));
    R(fcntl(ends[0], F_SETOWN, getpid()));
    R(fcntl(ends[0], F_GETOWN) == getpid());
    R(fcntl(ends[0], F_SETOWN_EX, &owner));
    R(fcntl(ends[0], F_GETOWN_EX, &owner));
    R(fcntl(ends[0], F_SETSIG, SIGIO));
    R(fcntl(ends[0], F_GETSIG));
    struct peer p = peer_with(p_posix);
    struct flock l = range(F_WRLCK, 0, 20);
    R(fcntl(fd, F_GETLK, &l));
    R(l.l_pid == p.pid);
    R(l.l_type);
    R(l.l_len);
    struct flock64 l64 = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 20, .l_len = 5};
    R(fcntl64(fd, F_GETLK, &l64));
    R(l64.l_type);
    l = range(F_WRLCK, 0, 20);
    l.l_pid = 0;
    R(fcntl(fd, F_OFD_GETLK, &l));
    R(l.l_type);
    release(&p);
    gone(&p);
    l = range(F_WRLCK, 0, 20);
    l.l_pid = 1; /* not allowed for these */
    R(fcntl(fd, F_OFD_SETLKW, &l));
    l = range(77, 0, 20);
    R(fcntl(fd, F_SETLKW, &l));
    R(fcntl(fd, F_SETLKW, (void *)1));
    R(fcntl(-1, F_SETLKW, &l));
    R(flock(-1, LOCK_EX));
    R(flock(fd, 0));
    R(lockf(fd, 99, 0));
    R(lockf(-1, F_LOCK, 0));
    R(lockf(fd, F_ULOCK, 0));
    int ro = open(path, O_RDONLY);
    R(lockf(ro, F_LOCK, 0));
    close(ro);
}

int main(int argc, char **argv) {
    path = argv[1];
    fd = open(path, O_RDWR | O_CREAT, 0600);
    CHECK(fd >= 0);
    for (size_t i = 0; i < sizeof locks / sizeof *locks; i++) {
        SAY("== %s", locks[i].name);
        each(locks[i].fn, locks[i].peer);
    }
    deadlock();
    other_commands();
    unlink(path);
    return 0;
}

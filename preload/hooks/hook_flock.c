/* Hooks: file locks, and what else fcntl does: it is variadic in C and takes one machine word in
 * fact. */
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "preload/descriptors.h"
#include "preload/real.h"
#include "preload/wait.h"

#define LOCK(call) return WAIT_CALL(ARENA_WAIT_FLOCK, 0, call)

HOOK int flock(int fd, int op) {
    if (op & (LOCK_NB | LOCK_UN))
        return REAL(flock)(fd, op);
    LOCK(REAL(flock)(fd, op));
}

HOOK int lockf(int fd, int cmd, off_t n) {
    if (cmd != F_LOCK)
        return REAL(lockf)(fd, cmd, n);
    LOCK(REAL(lockf)(fd, cmd, n));
}

HOOK int lockf64(int fd, int cmd, off64_t n) {
    if (cmd != F_LOCK)
        return REAL(lockf64)(fd, cmd, n);
    LOCK(REAL(lockf64)(fd, cmd, n));
}

typedef int fcntl_fn(int, int, long);

static int set_flags(int fd, long flags, fcntl_fn *real) {
    int r = real(fd, F_SETFL, flags);
    if (r == 0)
        descriptor_flag(fd, flags & O_NONBLOCK);
    return r;
}

#define FCNTL(fd, cmd, arg, real)                                                                  \
    do {                                                                                           \
        if (cmd == F_SETFL)                                                                        \
            return set_flags(fd, arg, real);                                                       \
        if (likely(cmd != F_SETLKW && cmd != F_OFD_SETLKW))                                        \
            return real(fd, cmd, arg);                                                             \
        LOCK(real(fd, cmd, arg));                                                                  \
    } while (0)

HOOK fcntl_fn hook_fcntl __asm__("fcntl");
HOOK int hook_fcntl(int fd, int cmd, long arg) {
    FCNTL(fd, cmd, arg, ((fcntl_fn *)REAL(fcntl)));
}

HOOK fcntl_fn hook_fcntl64 __asm__("fcntl64");
HOOK int hook_fcntl64(int fd, int cmd, long arg) {
    FCNTL(fd, cmd, arg, ((fcntl_fn *)REAL(fcntl64)));
}

/* Another name that glibc exports. */
HOOK fcntl_fn hook_fcntl_too __asm__("__fcntl");
HOOK int hook_fcntl_too(int fd, int cmd, long arg) {
    FCNTL(fd, cmd, arg, ((fcntl_fn *)REAL(fcntl)));
}

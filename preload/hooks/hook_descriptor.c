/* Hooks: what changes whether a descriptor blocks. fcntl, which does so too, is in hook_flock.c. */
#include <sys/ioctl.h>
#include <unistd.h>

#include "preload/descriptors.h"
#include "preload/real.h"

/* Before: another thread may get the number as soon as it is free. */
HOT HOOK int close(int fd) {
    descriptor_forget(fd);
    return REAL(close)(fd);
}

HOOK int dup2(int from, int to) {
    if (from != to)
        descriptor_forget(to);
    return REAL(dup2)(from, to);
}

HOOK int dup3(int from, int to, int flags) {
    descriptor_forget(to);
    return REAL(dup3)(from, to, flags);
}

/* Variadic in C; takes one machine word in fact. */
typedef int ioctl_fn(int, unsigned long, void *);

HOOK ioctl_fn hook_ioctl __asm__("ioctl");
HOOK int hook_ioctl(int fd, unsigned long request, void *arg) {
    int r = ((ioctl_fn *)REAL(ioctl))(fd, request, arg);
    if (unlikely(request == FIONBIO) && r == 0)
        descriptor_flag(fd, *(int *)arg != 0);
    return r;
}

/* Other names that glibc exports. */
HOOK __typeof__(close) __close __attribute__((alias("close"), hot));
HOOK __typeof__(dup2) __dup2 __attribute__((alias("dup2"), nothrow, leaf));

/* Raw system calls for x86-64 Linux: no errno, no cancellation point, no libc lock.
 *
 * Everything here is async-signal-safe and works in a process that shares its memory with another
 * (the dumper): it touches no thread-local variable. Each returns what the kernel returns: a value,
 * or a negative errno. */
#ifndef CPPROF_PRELOAD_SYS_H
#define CPPROF_PRELOAD_SYS_H

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

#ifndef __x86_64__
#error "cpprof's agent knows x86-64 only"
#endif

static inline long sys_call6(long nr, long a, long b, long c, long d, long e, long f) {
    long ret;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(ret)
                     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return ret;
}

#define sys_call5(nr, a, b, c, d, e) sys_call6(nr, a, b, c, d, e, 0)
#define sys_call4(nr, a, b, c, d)    sys_call6(nr, a, b, c, d, 0, 0)
#define sys_call3(nr, a, b, c)       sys_call6(nr, a, b, c, 0, 0, 0)
#define sys_call2(nr, a, b)          sys_call6(nr, a, b, 0, 0, 0, 0)
#define sys_call1(nr, a)             sys_call6(nr, a, 0, 0, 0, 0, 0)
#define sys_call0(nr)                sys_call6(nr, 0, 0, 0, 0, 0, 0)

/* True when a system call's result is an error, -4095..-1. */
static inline int sys_failed(long ret) {
    return (unsigned long)ret > -4096UL;
}

static inline int sys_getpid(void) {
    return (int)sys_call0(SYS_getpid);
}

static inline int sys_gettid(void) {
    return (int)sys_call0(SYS_gettid);
}

static inline int sys_open(const char *path, int flags, int mode) {
    return (int)sys_call4(SYS_openat, AT_FDCWD, (long)path, flags, mode);
}

static inline int sys_close(int fd) {
    return (int)sys_call1(SYS_close, fd);
}

static inline long sys_read(int fd, void *buf, size_t n) {
    return sys_call3(SYS_read, fd, (long)buf, (long)n);
}

static inline long sys_write(int fd, const void *buf, size_t n) {
    return sys_call3(SYS_write, fd, (long)buf, (long)n);
}

/* Private anonymous memory of `n` bytes, zero; NULL when there is none. */
static inline void *sys_map_anonymous(size_t n) {
    long p =
        sys_call6(SYS_mmap, 0, (long)n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return sys_failed(p) ? NULL : (void *)p;
}

static inline void sys_unmap(void *p, size_t n) {
    sys_call2(SYS_munmap, (long)p, (long)n);
}

/* Copies n bytes of our own memory at `from`, which may be unmapped at any moment; how many there
 * were. The process is asked for, not known: this may run in a fork's child, or in a process that
 * shares this memory. */
static inline size_t sys_read_memory(uint64_t from, void *to, size_t n) {
    struct iovec local = {to, n}, remote = {(void *)(uintptr_t)from, n};
    long r = sys_call6(SYS_process_vm_readv, sys_getpid(), (long)&local, 1, (long)&remote, 1, 0);
    return r > 0 ? (size_t)r : 0;
}

/* The kernel's signal set is one word. `old` may be NULL. */
static inline void sys_sigmask(int how, uint64_t set, uint64_t *old) {
    sys_call4(SYS_rt_sigprocmask, how, (long)&set, (long)old, sizeof set);
}

static inline uint64_t sys_sigbit(int signo) {
    return signo > 0 ? UINT64_C(1) << (signo - 1) : 0;
}

/* Takes what is pending of a set that is blocked. */
static inline void sys_take_pending(uint64_t set) {
    const struct timespec none = {0, 0};
    while (sys_call4(SYS_rt_sigtimedwait, (long)&set, 0, (long)&none, sizeof set) > 0)
        ;
}

/* What sigqueue sent with a signal; 0 for every other signal. */
static inline uint64_t sys_signal_value(const siginfo_t *si) {
    return si->si_code == SI_QUEUE ? (uint64_t)(uintptr_t)si->si_value.sival_ptr : 0;
}

static inline int64_t sys_clock_ns(int clock) {
    struct timespec ts = {0, 0};
    sys_call2(SYS_clock_gettime, clock, (long)&ts);
    return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

#endif

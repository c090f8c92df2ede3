/* The real functions behind the hooks: what the next object in the lookup order defines.
 *
 * REAL(name) is a pointer of the type of `name`; it resolves the name at its first use, by
 * RTLD_NEXT only, since in a non-PIE program any other way may give our own or a PLT entry. Those
 * that a signal handler or a forked child may need are resolved in agent_init. The allocator's have
 * a table of their own, hook_malloc.c. */
#ifndef CPPROF_PRELOAD_REAL_H
#define CPPROF_PRELOAD_REAL_H

#include <stddef.h>

/* name, symbol version or NULL for the default, whether to resolve at start: what a signal handler
 * of the program may call */
#define REAL_FUNCTIONS(X)                                                                          \
    X(sigaction, NULL, 1)                                                                          \
    X(signal, NULL, 1)                                                                             \
    X(bsd_signal, NULL, 0)                                                                         \
    X(ssignal, NULL, 0)                                                                            \
    X(sysv_signal, NULL, 0)                                                                        \
    X(__sysv_signal, NULL, 0)                                                                      \
    X(sigset, NULL, 0)                                                                             \
    X(siginterrupt, NULL, 0)                                                                       \
    X(sigaltstack, NULL, 0)                                                                        \
    X(sigprocmask, NULL, 1)                                                                        \
    X(pthread_sigmask, NULL, 1)                                                                    \
    X(sigwait, NULL, 0)                                                                            \
    X(sigwaitinfo, NULL, 0)                                                                        \
    X(sigtimedwait, NULL, 0)                                                                       \
    X(signalfd, NULL, 0)                                                                           \
    X(setitimer, NULL, 0)                                                                          \
    X(pthread_create, NULL, 0)                                                                     \
    X(thrd_create, NULL, 0)                                                                        \
    X(execve, NULL, 1)                                                                             \
    X(execvpe, NULL, 1)                                                                            \
    X(fexecve, NULL, 1)                                                                            \
    X(execveat, NULL, 1)                                                                           \
    X(posix_spawn, "GLIBC_2.15", 0)                                                                \
    X(posix_spawnp, "GLIBC_2.15", 0)                                                               \
    X(system, NULL, 0)                                                                             \
    X(popen, NULL, 0)                                                                              \
    X(_exit, NULL, 1)                                                                              \
    X(dlclose, NULL, 0)                                                                            \
    X(dlopen, NULL, 0)                                                                             \
    X(prctl, NULL, 0)                                                                              \
    X(syscall, NULL, 1)                                                                            \
    X(pthread_mutex_lock, NULL, 1)                                                                 \
    X(pthread_mutex_trylock, NULL, 1)                                                              \
    X(pthread_mutex_unlock, NULL, 1)                                                               \
    X(pthread_mutex_timedlock, NULL, 0)                                                            \
    X(pthread_mutex_clocklock, NULL, 0)                                                            \
    X(mtx_lock, NULL, 0)                                                                           \
    X(mtx_trylock, NULL, 0)                                                                        \
    X(mtx_timedlock, NULL, 0)                                                                      \
    X(mtx_unlock, NULL, 0)                                                                         \
    X(pthread_rwlock_rdlock, NULL, 0)                                                              \
    X(pthread_rwlock_wrlock, NULL, 0)                                                              \
    X(pthread_rwlock_tryrdlock, NULL, 0)                                                           \
    X(pthread_rwlock_trywrlock, NULL, 0)                                                           \
    X(pthread_rwlock_timedrdlock, NULL, 0)                                                         \
    X(pthread_rwlock_timedwrlock, NULL, 0)                                                         \
    X(pthread_rwlock_clockrdlock, NULL, 0)                                                         \
    X(pthread_rwlock_clockwrlock, NULL, 0)                                                         \
    X(pthread_rwlock_unlock, NULL, 0)                                                              \
    X(pthread_spin_lock, NULL, 0)                                                                  \
    X(pthread_spin_trylock, NULL, 0)                                                               \
    X(pthread_spin_unlock, NULL, 0)                                                                \
    X(pthread_cond_wait, "GLIBC_2.3.2", 0)                                                         \
    X(pthread_cond_timedwait, "GLIBC_2.3.2", 0)                                                    \
    X(pthread_cond_clockwait, NULL, 0)                                                             \
    X(cnd_wait, NULL, 0)                                                                           \
    X(cnd_timedwait, NULL, 0)                                                                      \
    X(pthread_join, NULL, 0)                                                                       \
    X(pthread_tryjoin_np, NULL, 0)                                                                 \
    X(pthread_timedjoin_np, NULL, 0)                                                               \
    X(pthread_clockjoin_np, NULL, 0)                                                               \
    X(thrd_join, NULL, 0)                                                                          \
    X(pthread_barrier_wait, NULL, 0)                                                               \
    X(pthread_once, NULL, 0)                                                                       \
    X(call_once, NULL, 0)                                                                          \
    X(sem_wait, NULL, 0)                                                                           \
    X(sem_trywait, NULL, 0)                                                                        \
    X(sem_timedwait, NULL, 0)                                                                      \
    X(sem_clockwait, NULL, 0)                                                                      \
    X(pthread_testcancel, NULL, 0)                                                                 \
    X(read, NULL, 1)                                                                               \
    X(pread, NULL, 1)                                                                              \
    X(pread64, NULL, 1)                                                                            \
    X(readv, NULL, 1)                                                                              \
    X(preadv, NULL, 1)                                                                             \
    X(preadv64, NULL, 1)                                                                           \
    X(preadv2, NULL, 1)                                                                            \
    X(preadv64v2, NULL, 1)                                                                         \
    X(recv, NULL, 1)                                                                               \
    X(recvfrom, NULL, 1)                                                                           \
    X(recvmsg, NULL, 1)                                                                            \
    X(recvmmsg, NULL, 1)                                                                           \
    X(__read_chk, NULL, 1)                                                                         \
    X(__pread_chk, NULL, 1)                                                                        \
    X(__pread64_chk, NULL, 1)                                                                      \
    X(__recv_chk, NULL, 1)                                                                         \
    X(__recvfrom_chk, NULL, 1)                                                                     \
    X(write, NULL, 1)                                                                              \
    X(pwrite, NULL, 1)                                                                             \
    X(pwrite64, NULL, 1)                                                                           \
    X(writev, NULL, 1)                                                                             \
    X(pwritev, NULL, 1)                                                                            \
    X(pwritev64, NULL, 1)                                                                          \
    X(pwritev2, NULL, 1)                                                                           \
    X(pwritev64v2, NULL, 1)                                                                        \
    X(send, NULL, 1)                                                                               \
    X(sendto, NULL, 1)                                                                             \
    X(sendmsg, NULL, 1)                                                                            \
    X(sendmmsg, NULL, 1)                                                                           \
    X(sendfile, NULL, 1)                                                                           \
    X(sendfile64, NULL, 1)                                                                         \
    X(accept, NULL, 1)                                                                             \
    X(accept4, NULL, 1)                                                                            \
    X(connect, NULL, 1)                                                                            \
    X(fsync, NULL, 1)                                                                              \
    X(fdatasync, NULL, 1)                                                                          \
    X(poll, NULL, 1)                                                                               \
    X(ppoll, NULL, 1)                                                                              \
    X(__poll_chk, NULL, 1)                                                                         \
    X(__ppoll_chk, NULL, 1)                                                                        \
    X(select, NULL, 1)                                                                             \
    X(pselect, NULL, 1)                                                                            \
    X(epoll_wait, NULL, 1)                                                                         \
    X(epoll_pwait, NULL, 1)                                                                        \
    X(epoll_pwait2, NULL, 0)                                                                       \
    X(sleep, NULL, 1)                                                                              \
    X(usleep, NULL, 1)                                                                             \
    X(nanosleep, NULL, 1)                                                                          \
    X(clock_nanosleep, NULL, 1)                                                                    \
    X(thrd_sleep, NULL, 0)                                                                         \
    X(flock, NULL, 1)                                                                              \
    X(lockf, NULL, 1)                                                                              \
    X(lockf64, NULL, 1)                                                                            \
    X(fcntl, NULL, 1)                                                                              \
    X(fcntl64, NULL, 1)                                                                            \
    X(wait, NULL, 1)                                                                               \
    X(waitpid, NULL, 1)                                                                            \
    X(wait3, NULL, 1)                                                                              \
    X(wait4, NULL, 1)                                                                              \
    X(waitid, NULL, 1)                                                                             \
    X(sigsuspend, NULL, 1)                                                                         \
    X(semop, NULL, 0)                                                                              \
    X(semtimedop, NULL, 0)                                                                         \
    X(msgrcv, NULL, 0)                                                                             \
    X(msgsnd, NULL, 0)                                                                             \
    X(mq_receive, NULL, 0)                                                                         \
    X(mq_timedreceive, NULL, 0)                                                                    \
    X(mq_send, NULL, 0)                                                                            \
    X(mq_timedsend, NULL, 0)                                                                       \
    X(pause, NULL, 1)

enum real_function {
#define X(name, version, eager) REAL_##name,
    REAL_FUNCTIONS(X)
#undef X
        REAL_cond_wait_old, /* pthread_cond_wait of GLIBC_2.2.5, another function */
    REAL_cond_timedwait_old,
    REAL_COUNT
};

#define REAL(name)             ((__typeof__(&name))real_function(REAL_##name))
#define REAL_OF(type_of, name) ((__typeof__(&type_of))real_function(REAL_##name))

extern void *real_table[REAL_COUNT]; /* atomic; NULL: not resolved yet */

/* Resolves one. NULL only when no object defines it. */
__attribute__((cold)) void *real_resolve(enum real_function which);

/* Async-signal-safe once resolved. */
static inline void *real_function(enum real_function which) {
    void *f = __atomic_load_n(&real_table[which], __ATOMIC_RELAXED);
    return __builtin_expect(f != NULL, 1) ? f : real_resolve(which);
}

/* The same where it has been resolved, else NULL: for hooks so hot that they leave the rest to
 * another function. */
#define REAL_IF_KNOWN(name)                                                                        \
    ((__typeof__(&name))__atomic_load_n(&real_table[REAL_##name], __ATOMIC_RELAXED))

/* Resolves those marked to be resolved at start. */
void real_init(void);

#endif

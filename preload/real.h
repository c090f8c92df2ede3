/* The real functions behind the hooks: what the next object in the lookup order defines.
 *
 * REAL(name) is a pointer of the type of `name`. All are resolved in agent_init, by RTLD_NEXT only,
 * since in a non-PIE program any other way may give our own or a PLT entry. Not when first used:
 * that takes the loader's lock, which the thread may not have taken so far, so that another one
 * that loads a library and waits for this one would wait for ever. Only what runs before agent_init
 * resolves what it uses. The allocator's have a table of their own, hook_malloc.c. */
#ifndef CPPROF_PRELOAD_REAL_H
#define CPPROF_PRELOAD_REAL_H

#include <stddef.h>

#include "preload/attributes.h"

/* Name, symbol version or NULL for the default. First those that are called most: they share two
 * cache lines. */
#define REAL_FUNCTIONS(X)                                                                          \
    X(recv, NULL)                                                                                  \
    X(send, NULL)                                                                                  \
    X(epoll_wait, NULL)                                                                            \
    X(read, NULL)                                                                                  \
    X(write, NULL)                                                                                 \
    X(poll, NULL)                                                                                  \
    X(recvmsg, NULL)                                                                               \
    X(sendmsg, NULL)                                                                               \
    X(close, NULL)                                                                                 \
    X(pthread_mutex_lock, NULL)                                                                    \
    X(pthread_mutex_trylock, NULL)                                                                 \
    X(pthread_mutex_unlock, NULL)                                                                  \
    X(pthread_cond_wait, NULL)                                                                     \
    X(sigaction, NULL)                                                                             \
    X(signal, NULL)                                                                                \
    X(bsd_signal, NULL)                                                                            \
    X(ssignal, NULL)                                                                               \
    X(sysv_signal, NULL)                                                                           \
    X(__sysv_signal, NULL)                                                                         \
    X(sigset, NULL)                                                                                \
    X(siginterrupt, NULL)                                                                          \
    X(sigaltstack, NULL)                                                                           \
    X(sigprocmask, NULL)                                                                           \
    X(pthread_sigmask, NULL)                                                                       \
    X(sigwait, NULL)                                                                               \
    X(sigwaitinfo, NULL)                                                                           \
    X(sigtimedwait, NULL)                                                                          \
    X(signalfd, NULL)                                                                              \
    X(setitimer, NULL)                                                                             \
    X(pthread_create, NULL)                                                                        \
    X(thrd_create, NULL)                                                                           \
    X(execve, NULL)                                                                                \
    X(execvpe, NULL)                                                                               \
    X(fexecve, NULL)                                                                               \
    X(execveat, NULL)                                                                              \
    X(posix_spawn, "GLIBC_2.15")                                                                   \
    X(posix_spawnp, "GLIBC_2.15")                                                                  \
    X(system, NULL)                                                                                \
    X(popen, NULL)                                                                                 \
    X(_exit, NULL)                                                                                 \
    X(dlclose, NULL)                                                                               \
    X(dlopen, NULL)                                                                                \
    X(prctl, NULL)                                                                                 \
    X(syscall, NULL)                                                                               \
    X(pthread_mutex_timedlock, NULL)                                                               \
    X(pthread_mutex_clocklock, NULL)                                                               \
    X(mtx_lock, NULL)                                                                              \
    X(mtx_trylock, NULL)                                                                           \
    X(mtx_timedlock, NULL)                                                                         \
    X(mtx_unlock, NULL)                                                                            \
    X(pthread_rwlock_rdlock, NULL)                                                                 \
    X(pthread_rwlock_wrlock, NULL)                                                                 \
    X(pthread_rwlock_tryrdlock, NULL)                                                              \
    X(pthread_rwlock_trywrlock, NULL)                                                              \
    X(pthread_rwlock_timedrdlock, NULL)                                                            \
    X(pthread_rwlock_timedwrlock, NULL)                                                            \
    X(pthread_rwlock_clockrdlock, NULL)                                                            \
    X(pthread_rwlock_clockwrlock, NULL)                                                            \
    X(pthread_rwlock_unlock, NULL)                                                                 \
    X(pthread_spin_lock, NULL)                                                                     \
    X(pthread_spin_trylock, NULL)                                                                  \
    X(pthread_spin_unlock, NULL)                                                                   \
    X(pthread_cond_timedwait, NULL)                                                                \
    X(pthread_cond_clockwait, NULL)                                                                \
    X(cnd_wait, NULL)                                                                              \
    X(cnd_timedwait, NULL)                                                                         \
    X(pthread_join, NULL)                                                                          \
    X(pthread_tryjoin_np, NULL)                                                                    \
    X(pthread_timedjoin_np, NULL)                                                                  \
    X(pthread_clockjoin_np, NULL)                                                                  \
    X(thrd_join, NULL)                                                                             \
    X(pthread_barrier_wait, NULL)                                                                  \
    X(pthread_once, NULL)                                                                          \
    X(call_once, NULL)                                                                             \
    X(sem_wait, NULL)                                                                              \
    X(sem_trywait, NULL)                                                                           \
    X(sem_timedwait, NULL)                                                                         \
    X(sem_clockwait, NULL)                                                                         \
    X(pthread_testcancel, NULL)                                                                    \
    X(pread, NULL)                                                                                 \
    X(pread64, NULL)                                                                               \
    X(readv, NULL)                                                                                 \
    X(preadv, NULL)                                                                                \
    X(preadv64, NULL)                                                                              \
    X(preadv2, NULL)                                                                               \
    X(preadv64v2, NULL)                                                                            \
    X(recvfrom, NULL)                                                                              \
    X(recvmmsg, NULL)                                                                              \
    X(__read_chk, NULL)                                                                            \
    X(__pread_chk, NULL)                                                                           \
    X(__pread64_chk, NULL)                                                                         \
    X(__recv_chk, NULL)                                                                            \
    X(__recvfrom_chk, NULL)                                                                        \
    X(pwrite, NULL)                                                                                \
    X(pwrite64, NULL)                                                                              \
    X(writev, NULL)                                                                                \
    X(pwritev, NULL)                                                                               \
    X(pwritev64, NULL)                                                                             \
    X(pwritev2, NULL)                                                                              \
    X(pwritev64v2, NULL)                                                                           \
    X(sendto, NULL)                                                                                \
    X(sendmmsg, NULL)                                                                              \
    X(sendfile, NULL)                                                                              \
    X(sendfile64, NULL)                                                                            \
    X(accept, NULL)                                                                                \
    X(accept4, NULL)                                                                               \
    X(connect, NULL)                                                                               \
    X(fsync, NULL)                                                                                 \
    X(fdatasync, NULL)                                                                             \
    X(ppoll, NULL)                                                                                 \
    X(__poll_chk, NULL)                                                                            \
    X(__ppoll_chk, NULL)                                                                           \
    X(select, NULL)                                                                                \
    X(pselect, NULL)                                                                               \
    X(epoll_pwait, NULL)                                                                           \
    X(epoll_pwait2, NULL)                                                                          \
    X(sleep, NULL)                                                                                 \
    X(usleep, NULL)                                                                                \
    X(nanosleep, NULL)                                                                             \
    X(clock_nanosleep, NULL)                                                                       \
    X(thrd_sleep, NULL)                                                                            \
    X(flock, NULL)                                                                                 \
    X(lockf, NULL)                                                                                 \
    X(lockf64, NULL)                                                                               \
    X(fcntl, NULL)                                                                                 \
    X(fcntl64, NULL)                                                                               \
    X(ioctl, NULL)                                                                                 \
    X(dup2, NULL)                                                                                  \
    X(dup3, NULL)                                                                                  \
    X(wait, NULL)                                                                                  \
    X(waitpid, NULL)                                                                               \
    X(wait3, NULL)                                                                                 \
    X(wait4, NULL)                                                                                 \
    X(waitid, NULL)                                                                                \
    X(sigsuspend, NULL)                                                                            \
    X(semop, NULL)                                                                                 \
    X(semtimedop, NULL)                                                                            \
    X(msgrcv, NULL)                                                                                \
    X(msgsnd, NULL)                                                                                \
    X(mq_receive, NULL)                                                                            \
    X(mq_timedreceive, NULL)                                                                       \
    X(mq_send, NULL)                                                                               \
    X(mq_timedsend, NULL)                                                                          \
    X(pause, NULL)

enum real_function {
#define X(name, version) REAL_##name,
    REAL_FUNCTIONS(X)
#undef X
        REAL_cond_wait_old, /* pthread_cond_wait of GLIBC_2.2.5, another function */
    REAL_cond_timedwait_old,
    REAL_COUNT
};

#define REAL(name)             ((__typeof__(&name))real_function(REAL_##name))
#define REAL_OF(type_of, name) ((__typeof__(&type_of))real_function(REAL_##name))

extern INTERNAL void *real_table[REAL_COUNT]; /* atomic; NULL: not resolved yet */

/* Resolves one. NULL only when no object defines it. */
COLD void *real_resolve(enum real_function which);

/* Async-signal-safe from agent_init on. */
static inline void *real_function(enum real_function which) {
    void *f = __atomic_load_n(&real_table[which], __ATOMIC_RELAXED);
    return likely(f != NULL) ? f : real_resolve(which);
}

/* The same where it has been resolved, else NULL: for hooks so hot that they leave the rest to
 * another function. */
#define REAL_IF_KNOWN(name)                                                                        \
    ((__typeof__(&name))__atomic_load_n(&real_table[REAL_##name], __ATOMIC_RELAXED))

/* Resolves all of them; keeps errno. */
void real_init(void);

#endif

/* The real functions behind the hooks: what the next object in the lookup order defines.
 *
 * REAL(name) is a pointer of the type of `name`; it resolves the name at its first use, by
 * RTLD_NEXT only, since in a non-PIE program any other way may give our own or a PLT entry. Those
 * that a signal handler or a forked child may need are resolved in agent_init. The allocator's have
 * a table of their own, hook_malloc.c. */
#ifndef CPPROF_PRELOAD_REAL_H
#define CPPROF_PRELOAD_REAL_H

/* name, symbol version or NULL for the default, whether to resolve at start */
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
    X(syscall, NULL, 1)

enum real_function {
#define X(name, version, eager) REAL_##name,
    REAL_FUNCTIONS(X)
#undef X
        REAL_COUNT
};

#define REAL(name) ((__typeof__(&name))real_function(REAL_##name))

/* NULL only when no object defines it. Async-signal-safe once resolved. */
void *real_function(enum real_function which);

/* Resolves those marked to be resolved at start. */
void real_init(void);

#endif

/* Hooks: exec and spawn.
 *
 * Before a program is replaced, its profiles are dumped, its arena removed, and everything of ours
 * that would pass to the new one is taken back: the thread's timer with a tick that may be pending,
 * which would kill it, and the mask and ignored signals as the program set them. A child that
 * shares its parent's memory (vfork) has no timer and dumps nothing; only the signals are its own.
 *
 * libc's exec functions call each other directly, so each needs a hook. */
#include <alloca.h>
#include <errno.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "preload/agent.h"
#include "preload/cpu.h"
#include "preload/dump.h"
#include "preload/real.h"
#include "preload/signals_mask.h"
#include "preload/store.h"
#include "preload/sys.h"

struct exec_state {
    bool on, own; /* own: this process has its memory to itself */
    bool ended;   /* its profiles were dumped and the arena removed */
    struct signals_saved signals;
};

/* In a sandbox nobody may ask, and nothing is dumped anyway. */
static bool runnable(int dirfd, const char *path, int flags) {
    return !agent_sandboxed() && sys_call4(SYS_faccessat2, dirfd, (long)path, X_OK, flags) == 0;
}

/* Whether a program of that name is somewhere in PATH: a dump for an exec that fails is wasted. */
static bool found_in_path(const char *file) {
    if (strchr(file, '/'))
        return runnable(AT_FDCWD, file, 0);
    char path[512];
    const char *dirs = getenv("PATH");
    for (const char *d = dirs ? dirs : "/bin:/usr/bin", *end; *d; d = *end ? end + 1 : end) {
        end = strchrnul(d, ':');
        size_t n = (size_t)(end - d), len = strlen(file);
        if (n + len + 2 > sizeof path)
            continue;
        memcpy(path, d, n);
        path[n] = '/';
        memcpy(path + n + 1, file, len + 1);
        if (runnable(AT_FDCWD, path, 0))
            return true;
    }
    return false;
}

static void begin(struct exec_state *e, bool runs) {
    e->on = agent_on();
    if (!e->on)
        return;
    agent_fork_check();
    e->ended = false;
    e->own = agent_sandboxed() || sys_getpid() == agent.pid;
    if (e->own) {
        e->ended = runs;
        cpu_exec_begin();
        if (runs)
            dump_at_exec();
    }
    signals_exec_begin(&e->signals);
}

static int failed(struct exec_state *e, int result) {
    int saved = errno;
    if (e->on) {
        signals_exec_failed(&e->signals);
        if (e->own) {
            store_open();
            cpu_exec_failed();
        }
        if (e->ended)
            store_relink();
    }
    errno = saved;
    return result;
}

HOOK int execve(const char *path, char *const argv[], char *const envp[]) {
    struct exec_state e;
    begin(&e, runnable(AT_FDCWD, path, 0));
    return failed(&e, REAL(execve)(path, argv, envp));
}

HOOK int execv(const char *path, char *const argv[]) {
    return execve(path, argv, environ);
}

HOOK int execvpe(const char *file, char *const argv[], char *const envp[]) {
    struct exec_state e;
    begin(&e, found_in_path(file));
    return failed(&e, REAL(execvpe)(file, argv, envp));
}

HOOK int execvp(const char *file, char *const argv[]) {
    return execvpe(file, argv, environ);
}

HOOK int fexecve(int fd, char *const argv[], char *const envp[]) {
    struct exec_state e;
    begin(&e, runnable(fd, "", AT_EMPTY_PATH));
    return failed(&e, REAL(fexecve)(fd, argv, envp));
}

HOOK int execveat(int dirfd, const char *path, char *const argv[], char *const envp[], int flags) {
    struct exec_state e;
    begin(&e, runnable(dirfd, path, flags & AT_EMPTY_PATH));
    return failed(&e, REAL(execveat)(dirfd, path, argv, envp, flags));
}

/* The arguments of a list form, as an array on the caller's stack; ap is left behind them. */
#define ARGUMENTS(argv, first, ap)                                                                 \
    size_t n = 1;                                                                                  \
    va_start(ap, first);                                                                           \
    while (va_arg(ap, const char *))                                                               \
        n++;                                                                                       \
    va_end(ap);                                                                                    \
    char **argv = alloca((n + 1) * sizeof *argv);                                                  \
    va_start(ap, first);                                                                           \
    argv[0] = (char *)(uintptr_t)first;                                                            \
    for (size_t i = 1; i <= n; i++)                                                                \
    argv[i] = va_arg(ap, char *)

HOOK int execl(const char *path, const char *arg, ...) {
    va_list ap;
    ARGUMENTS(argv, arg, ap);
    va_end(ap);
    return execve(path, argv, environ);
}

HOOK int execlp(const char *file, const char *arg, ...) {
    va_list ap;
    ARGUMENTS(argv, arg, ap);
    va_end(ap);
    return execvpe(file, argv, environ);
}

HOOK int execle(const char *path, const char *arg, ...) {
    va_list ap;
    ARGUMENTS(argv, arg, ap);
    char **envp = va_arg(ap, char **);
    va_end(ap);
    return execve(path, argv, envp);
}

/* ---- spawn: libc blocks all signals and shares memory with the child, which has no timer; only
 * what the child inherits has to be the program's. */

typedef int spawn_fn(pid_t *, const char *, const posix_spawn_file_actions_t *,
                     const posix_spawnattr_t *, char *const[], char *const[]);

static int spawn(spawn_fn *real, pid_t *pid, const char *path,
                 const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attr,
                 char *const argv[], char *const envp[]) {
    struct signals_saved saved;
    if (!agent_on())
        return real(pid, path, actions, attr, argv, envp);
    signals_exec_begin(&saved);
    int r = real(pid, path, actions, attr, argv, envp);
    signals_exec_failed(&saved);
    return r;
}

HOOK int posix_spawn(pid_t *restrict pid, const char *restrict path,
                     const posix_spawn_file_actions_t *actions,
                     const posix_spawnattr_t *restrict attr, char *const argv[restrict],
                     char *const envp[restrict]) {
    return spawn(REAL(posix_spawn), pid, path, actions, attr, argv, envp);
}

HOOK int posix_spawnp(pid_t *restrict pid, const char *restrict file,
                      const posix_spawn_file_actions_t *actions,
                      const posix_spawnattr_t *restrict attr, char *const argv[restrict],
                      char *const envp[restrict]) {
    return spawn(REAL(posix_spawnp), pid, file, actions, attr, argv, envp);
}

/* libc spawns the shell of these itself. */

HOOK int system(const char *command) {
    struct signals_saved saved;
    if (!agent_on())
        return REAL(system)(command);
    signals_exec_begin(&saved);
    int r = REAL(system)(command);
    signals_exec_failed(&saved);
    return r;
}

HOOK FILE *popen(const char *command, const char *type) {
    struct signals_saved saved;
    if (!agent_on())
        return REAL(popen)(command, type);
    signals_exec_begin(&saved);
    FILE *f = REAL(popen)(command, type);
    signals_exec_failed(&saved);
    return f;
}

/* Finding and becoming `cpprof`, by raw system calls. */
#include "preload/command.h"

#include <stdlib.h>
#include <string.h>

#include "preload/agent.h"
#include "preload/objects.h"
#include "preload/sys.h"

/* Copies of variables, "NAME=value". */
enum { KEPT_MAX = 8 };
static char env_bytes[4096];
static char *kept[KEPT_MAX];
static int n_kept;

void command_init(void) {
    static const char *const names[] = {"PATH",
                                        "HOME",
                                        "XDG_CACHE_HOME",
                                        "DEBUGINFOD_URLS",
                                        "DEBUGINFOD_CACHE_PATH",
                                        "DEBUGINFOD_TIMEOUT"};
    struct text t = {env_bytes, sizeof env_bytes, 0, false};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = secure_getenv(names[i]);
        size_t at = t.len;
        if (!value)
            continue;
        text_str(&t, names[i]);
        text_str(&t, "=");
        text_str(&t, value);
        if (t.cut)
            break;
        kept[n_kept++] = env_bytes + at;
        t.len++; /* keep the NUL */
        if (t.len + 1 >= t.room)
            break;
        t.s[t.len] = '\0';
    }
}

bool command_find(struct text *path) {
    static const char *const places[] = {"cpprof", "../bin/cpprof", "../../bin/cpprof"};
    char own[AGENT_PATH_MAX];
    objects_own_path(own);
    char *slash = strrchr(own, '/');
    if (!slash)
        return false;
    slash[1] = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        path->len = 0;
        text_str(path, own);
        text_str(path, places[i]);
        if (!path->cut && sys_call3(SYS_faccessat, AT_FDCWD, (long)path->s, X_OK) == 0)
            return true;
    }
    return false;
}

void command_become(const char *path, char *const argv[], char *const more[], bool speaks) {
    char *env[KEPT_MAX + COMMAND_MORE + 1];
    int n = n_kept, null = sys_open("/dev/null", O_RDWR, 0);
    memcpy(env, kept, (size_t)n * sizeof env[0]);
    for (int i = 0; more && more[i] && i < COMMAND_MORE; i++)
        env[n++] = more[i];
    env[n] = NULL;
    for (int fd = 0; fd < (speaks ? 2 : 3) && null >= 0; fd++)
        sys_call3(SYS_dup3, null, fd, 0);
    if (null > 2)
        sys_close(null);
    sys_sigmask(SIG_SETMASK, 0, NULL);
    sys_call3(SYS_execve, (long)path, (long)argv, (long)env);
}

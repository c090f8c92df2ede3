/* `cpprof run`: a program under the agent, without anything to type but its command line, and at
 * the end the names of the profiles that it and its children wrote. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "arena/kinds.h"
#include "arena/settings.h"
#include "collector/commands.h"
#include "collector/message.h"
#include "collector/preloadable.h"
#include "collector/profile_files.h"
#include "collector/supervise.h"

#define AGENT "libcpprof.so"

enum { WAIT_S = 60, LISTED_MAX = 60 };

/* ---- the environment */

/* The agent's path, from where this command lies in a build or installed. */
static bool find_agent(char *path, size_t room) {
    static const char *const places[] = {"../lib/" AGENT, AGENT, "../lib/x86_64-linux-gnu/" AGENT};
    char self[PATH_MAX], candidate[PATH_MAX + 64], resolved[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0)
        return false;
    self[n] = '\0';
    char *slash = strrchr(self, '/');
    if (!slash)
        return false;
    slash[1] = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        snprintf(candidate, sizeof candidate, "%s%s", self, places[i]);
        if (realpath(candidate, resolved) && access(resolved, R_OK) == 0)
            return (size_t)snprintf(path, room, "%s", resolved) < room;
    }
    return false;
}

/* Sets LD_PRELOAD: the agent before what is there already. */
static bool set_preload(void) {
    char agent[PATH_MAX], *value;
    const char *old = getenv("LD_PRELOAD");
    if (!find_agent(agent, sizeof agent)) {
        message("no " AGENT " beside this command or in ../lib");
        return false;
    }
    if (strpbrk(agent, " :")) {
        message("%s: LD_PRELOAD cannot name a path with a space or a colon", agent);
        return false;
    }
    if (asprintf(&value, "%s%s%s", agent, old && *old ? ":" : "", old && *old ? old : "") < 0)
        return false;
    setenv("LD_PRELOAD", value, 1);
    free(value);
    return true;
}

static const struct setting *setting_find(const char *name, size_t n) {
    static const char prefix[] = "CPROF_";
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const char *full = settings[i].name, *rest = full + strlen(prefix);
        if ((strlen(full) == n && memcmp(full, name, n) == 0) ||
            (strlen(rest) == n && memcmp(rest, name, n) == 0))
            return &settings[i];
    }
    return NULL;
}

static bool set_setting(const char *assignment) {
    const char *equals = strchr(assignment, '=');
    if (!equals) {
        message("--set takes NAME=VALUE, not %s", assignment);
        return false;
    }
    const struct setting *s = setting_find(assignment, (size_t)(equals - assignment));
    if (!s) {
        message("no setting %.*s; `cpprof help env` lists them", (int)(equals - assignment),
                assignment);
        return false;
    }
    setenv(s->name, equals + 1, 1);
    return true;
}

/* ---- what was written */

struct written {
    const char *dir;
    struct timespec since;
    size_t n;
    char best[NAME_MAX + 1]; /* the file to read first: the largest cpu profile, or any */
    off_t best_bytes;
};

/* File systems stamp files by a clock that lags by up to a tick. */
static struct timespec start_of_run(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME_COARSE, &t);
    return t;
}

static bool is_newer(const struct stat *st, const struct timespec *since) {
    if (st->st_mtim.tv_sec != since->tv_sec)
        return st->st_mtim.tv_sec > since->tv_sec;
    return st->st_mtim.tv_nsec >= since->tv_nsec;
}

static void report_file(struct written *w, const char *name, const struct stat *st) {
    struct profile_name parsed;
    if (!profile_name_parse(name, &parsed) || parsed.temporary || !S_ISREG(st->st_mode) ||
        !is_newer(st, &w->since))
        return;
    if (w->n++ < LISTED_MAX)
        message("wrote %s/%s (%lld bytes)", w->dir, name, (long long)st->st_size);
    off_t bytes = parsed.kind == KIND_CPU ? st->st_size : 0;
    if (!w->best[0] || bytes > w->best_bytes) {
        snprintf(w->best, sizeof w->best, "%s", name);
        w->best_bytes = bytes;
    }
}

static void report(struct written *w) {
    struct dirent **names;
    int n = scandir(w->dir, &names, NULL, alphasort);
    int dir = open(w->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < n; i++) {
        struct stat st;
        if (dir >= 0 && fstatat(dir, names[i]->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
            report_file(w, names[i]->d_name, &st);
        free(names[i]);
    }
    if (n >= 0)
        free(names);
    if (dir >= 0)
        close(dir);
    if (w->n > LISTED_MAX)
        message("... and %zu more", w->n - LISTED_MAX);
    if (w->n)
        message("read one: go tool pprof -top %s/%s", w->dir, w->best);
    else
        message("no profile was written to %s", w->dir);
}

/* ---- the command */

static int refuse(enum preloadable v, const char *why) {
    message("%s", why);
    if (v == PRELOADABLE_NOT_FOUND)
        return 127;
    return v == PRELOADABLE_NOT_EXECUTABLE ? 126 : EXIT_UNUSABLE;
}

static int run(char **argv, struct written *w) {
    char path[PATH_MAX], why[PATH_MAX + 128];
    int status;
    enum preloadable v = preloadable_check(argv[0], path, sizeof path, why, sizeof why);
    if (v != PRELOADABLE)
        return refuse(v, why);
    if (!set_preload())
        return EXIT_UNUSABLE;
    w->since = start_of_run();
    int err = supervise(path, argv, &status);
    if (err) {
        message("%s: %s", path, strerror(-err));
        return err == -ENOENT ? 127 : 126;
    }
    if (supervise_dumpers(WAIT_S) > 0)
        message("profiles are still being symbolized; their addresses can be read already");
    report(w);
    if (WIFSIGNALED(status))
        message("it was killed by signal %d: `cpprof recover` writes what it left",
                WTERMSIG(status));
    return supervise_exit_status(status);
}

/* The directory of profiles as the program will see it, absolute. */
static const char *run_dir(const char *arg, char *absolute) {
    const char *dir = profile_dir(arg);
    if (!dir || !realpath(dir, absolute))
        return NULL;
    setenv(settings[SETTING_DIR].name, absolute, 1);
    return absolute;
}

int cmd_run(int argc, char **argv) {
    static const struct option options[] = {
        {"dir", required_argument, NULL, 'd'}, {"set", required_argument, NULL, 's'}, {0}};
    struct written w = {0};
    char absolute[PATH_MAX];
    const char *dir = NULL;
    message_command("run");
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, "+d:s:", options, NULL)) != -1;) {
        if (c == 'd')
            dir = optarg;
        else if (c != 's')
            return usage_error("bad option %s", argv[optind - 1]);
        else if (!set_setting(optarg))
            return EXIT_UNUSABLE;
    }
    if (optind == argc)
        return usage_error("which program?");
    if (!(w.dir = run_dir(dir, absolute)))
        return EXIT_UNUSABLE;
    return run(argv + optind, &w);
}

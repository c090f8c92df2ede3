/* Starting a server.
 *
 * Model: the claim is a file that is locked while it is looked at and written, and never renamed,
 * so that of several processes one gets it; a claim whose process has ended is anybody's. The
 * server is started by a process that is nobody's child (detached.c) and follows this process by
 * its number and start, so also through exec.
 *
 * A daemon's first process ends soon after it forked. So a child of who has claimed looks a few
 * times whether that has happened, the elder before the younger, and takes over when it finds it
 * twice, so that the old server has let go of the address. */
#include "preload/http.h"

#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "arena/settings.h"
#include "preload/agent.h"
#include "preload/command.h"
#include "preload/detached.h"
#include "preload/process.h"
#include "preload/self_timer.h"
#include "preload/store.h"
#include "preload/sys.h"
#include "preload/text.h"

enum { LOCK_TRIES = 100, LOOKS = 6 };

#define LOOK_NS INT64_C(250000000)

enum claim {
    CLAIM_TAKEN,  /* by this process, now */
    CLAIM_OURS,   /* it was: this is a program that the claiming one has turned into */
    CLAIM_OTHERS, /* by a living process */
    CLAIM_FAILED,
};

/* One thread at a time uses what follows: at start, in the handler of a timer that fires once, and
 * at the end. */
static char claim_path[AGENT_PATH_MAX + HTTP_ADDRESS_MAX];
static int holder;     /* of a claim that is another's */
static bool claimed;   /* by this process */
static bool involved;  /* by this process, or by one that it was forked from */
static int32_t timer;  /* preload/self_timer.h */
static int looks;      /* how often is still to be looked */
static bool seen_dead; /* at the last look */

/* ---- the address */

static bool parse_port(const char *s) {
    size_t n = strlen(s);
    for (const char *p = s; *p; p++)
        if (*p < '0' || *p > '9')
            return false;
    return n >= 1 && n <= 5 && text_parse_uint(s) <= 65535;
}

static bool parse_unix(const char *path, struct text *t) {
    text_str(t, "unix:");
    if (path[0] != '/') { /* the server has a directory of its own */
        long n = sys_call2(SYS_getcwd, (long)(t->s + t->len), (long)(t->room - t->len));
        if (n <= 1 || t->s[t->len] != '/')
            return false;
        t->len = strlen(t->s);
        text_str(t, "/");
    }
    text_str(t, path);
    return path[0] && !t->cut;
}

bool http_parse(const char *value, void *out) {
    struct text t = {out, HTTP_ADDRESS_MAX, 0, false};
    const char *colon = strrchr(value, ':');
    t.s[0] = '\0';
    bool ok = !*value;
    if (strncmp(value, "unix:", 5) == 0) {
        ok = parse_unix(value + 5, &t);
    } else if (*value) {
        text_str(&t, value);
        ok = colon && !t.cut && parse_port(colon + 1) && !strchr(value, '/') &&
             (value[0] == '[' ? colon[-1] == ']' : strchr(value, ':') == colon);
    }
    if (!ok)
        t.s[0] = '\0';
    return ok;
}

/* ---- the claim */

static bool set_claim_path(void) {
    struct text t = {claim_path, sizeof claim_path, 0, false};
    if (!store_directory(&t))
        return false;
    text_str(&t, "/http.");
    for (const char *p = agent.config.http; *p; p++) {
        bool plain = (*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') ||
                     (*p >= 'a' && *p <= 'z') || *p == '.' || *p == '-';
        text_bytes(&t, plain ? p : "_", 1);
    }
    return !t.cut;
}

static bool is_plain(int fd) {
    struct stat st;
    return sys_call4(SYS_newfstatat, fd, (long)"", (long)&st, AT_EMPTY_PATH) == 0 &&
           S_ISREG(st.st_mode) && st.st_uid == (uid_t)sys_call0(SYS_geteuid) &&
           (st.st_mode & 077) == 0;
}

static bool is_linked(int fd) {
    struct stat st;
    return sys_call4(SYS_newfstatat, fd, (long)"", (long)&st, AT_EMPTY_PATH) == 0 &&
           st.st_nlink == 1;
}

/* Opens the file and locks it; a negative errno when that cannot be had. -EAGAIN: somebody else has
 * it, and takes too long. */
static int open_locked(int flags) {
    const struct timespec moment = {0, 1000000};
    for (int i = 0; i < LOCK_TRIES; i++) {
        int fd = sys_open(claim_path, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
        if (fd < 0)
            return fd;
        if (!is_plain(fd)) {
            sys_close(fd);
            return -EPERM;
        }
        if (sys_call2(SYS_flock, fd, LOCK_EX | LOCK_NB) == 0 && is_linked(fd))
            return fd;
        sys_close(fd); /* it is being used, or was removed meanwhile */
        sys_call2(SYS_nanosleep, (long)&moment, 0);
    }
    return -EAGAIN;
}

/* Who has claimed: a living process, or 0. */
static int read_holder(int fd) {
    char line[64];
    long n = sys_call4(SYS_pread64, fd, (long)line, sizeof line - 1, 0);
    line[n > 0 ? n : 0] = '\0';
    const char *space = strchr(line, ' ');
    int pid = (int)text_parse_uint(line);
    if (pid <= 0 || !space)
        return 0;
    uint64_t start = process_start_ticks(pid);
    return start && start == text_parse_uint(space + 1) ? pid : 0;
}

/* A limit on the size of files is a signal, too, which kills. All signals are blocked. */
static long write_holder(int fd) {
    TEXT(line, 64);
    text_uint(&line, (uint64_t)agent.pid);
    text_str(&line, " ");
    text_uint(&line, agent.start_ticks);
    text_str(&line, "\n");
    sys_call2(SYS_ftruncate, fd, 0);
    long n = sys_call4(SYS_pwrite64, fd, (long)line.s, (long)line.len, 0);
    if (n == -EFBIG)
        sys_take_pending(sys_sigbit(SIGXFSZ));
    return n == (long)line.len ? 0 : n < 0 ? n : -ENOSPC;
}

static enum claim claim_locked(int fd, long *error) {
    holder = read_holder(fd);
    if (holder == agent.pid)
        return CLAIM_OURS;
    if (holder)
        return CLAIM_OTHERS;
    *error = write_holder(fd);
    return *error ? CLAIM_FAILED : CLAIM_TAKEN;
}

static enum claim claim(long *error) {
    *error = 0;
    agent.start_ticks = process_start_ticks(agent.pid);
    if (!set_claim_path() || !agent.start_ticks)
        return CLAIM_FAILED;
    int fd = open_locked(O_RDWR | O_CREAT);
    if (fd < 0) {
        *error = fd;
        return fd == -EAGAIN ? CLAIM_OTHERS : CLAIM_FAILED;
    }
    enum claim c = claim_locked(fd, error);
    sys_close(fd);
    return c;
}

/* Whether a living process has claimed. */
static bool is_claimed(void) {
    int fd = set_claim_path() ? open_locked(O_RDONLY) : -ENOENT;
    if (fd < 0)
        return fd == -EAGAIN;
    holder = read_holder(fd);
    sys_close(fd);
    return holder != 0;
}

static void give_claim(void) {
    int fd = open_locked(O_RDONLY);
    if (fd < 0)
        return;
    if (read_holder(fd) == agent.pid)
        sys_call3(SYS_unlinkat, AT_FDCWD, (long)claim_path, 0);
    sys_close(fd);
}

/* ---- the server, in the process that becomes it */

static void become_server(struct detached *d) {
    TEXT(cpprof, COMMAND_PATH_MAX);
    TEXT(pid, 24);
    TEXT(start, 24);
    TEXT(dir, AGENT_PATH_MAX + 16);
    TEXT(run_dir, AGENT_PATH_MAX + 16);
    text_uint(&pid, (uint64_t)agent.pid);
    text_uint(&start, agent.start_ticks);
    text_str(&dir, "CPROF_DIR=");
    text_str(&dir, agent.config.dir);
    text_str(&run_dir, "CPROF_RUN_DIR=");
    text_str(&run_dir, agent.config.run_dir);
    char *const argv[] = {cpprof.s,
                          (char *)"serve",
                          (char *)"--listen",
                          agent.config.http,
                          (char *)"--pid",
                          pid.s,
                          (char *)"--for-process",
                          start.s,
                          NULL};
    char *const more[] = {dir.s, agent.config.run_dir[0] ? run_dir.s : NULL, NULL};
    if (d->direct) /* told before */
        return;
    if (!command_find(&cpprof)) {
        agent_message("CPROF_HTTP: not served, there is no command `cpprof` beside the library",
                      NULL, 0);
        return;
    }
    sys_call1(SYS_chdir, (long)"/"); /* it holds no file system */
    command_become(cpprof.s, argv, more, true);
    agent_message("CPROF_HTTP: not served, cannot run ", cpprof.s, 0);
}

static bool launch(void) {
    struct detached *d = detached_take();
    if (!d)
        return false;
    d->awaited = false;
    if (detached_launch(d, become_server))
        return true;
    detached_give(d);
    return false;
}

/* ---- starting it */

static void serve(void) {
    struct store *s = store_get();
    claimed = involved = true;
    if (!s || !s->has_file)
        agent_message("CPROF_HTTP: not served, the arena cannot be a file; set CPROF_RUN_DIR", NULL,
                      0);
    else if (detached_orphans_disturb())
        agent_message("CPROF_HTTP: not served, this program would find the server among its "
                      "children; run it under an init, or `cpprof serve` beside it",
                      NULL, 0);
    else if (!launch())
        agent_message("CPROF_HTTP: not served, no process can be made", NULL, 0);
}

static void say_claimed(void) {
    TEXT(who, 24);
    text_uint(&who, (uint64_t)holder);
    if (agent.config.verbose)
        agent_message("CPROF_HTTP is served for another process: ", who.s, 0);
}

static void start(void) {
    long error;
    uint64_t mask;
    sys_sigmask(SIG_SETMASK, ~UINT64_C(0), &mask);
    switch (claim(&error)) {
    case CLAIM_TAKEN:
        serve();
        break;
    case CLAIM_OURS:
        claimed = involved = true;
        store_get(); /* its server looks at this process still */
        break;
    case CLAIM_OTHERS:
        say_claimed();
        break;
    case CLAIM_FAILED:
        agent_message("CPROF_HTTP: not served, cannot write ", claim_path, (int)error);
        break;
    }
    sys_sigmask(SIG_SETMASK, mask, NULL);
}

void http_start(void) {
    if (!agent.config.http[0])
        return;
    int saved = errno; /* clone sets it */
    start();
    errno = saved;
}

void http_end(void) {
    if (!claimed || agent_sandboxed())
        return;
    claimed = false;
    give_claim();
}

/* ---- forked children */

void http_fork_child(void) {
    claimed = seen_dead = false;
    timer = 0;
    looks = LOOKS;
    if (involved && agent.ask_signo)
        self_timer_set(&timer, LOOK_NS * agent.generation); /* the elder first */
}

bool http_is_timer(const siginfo_t *si) {
    return self_timer_is(&timer, si);
}

void http_look(void) {
    agent_fork_check();
    if (agent_sandboxed() || sys_getpid() != agent.pid || !timer)
        return;
    bool dead = !is_claimed(), again = --looks > 0;
    if (dead && seen_dead) {
        int saved = errno;
        start();
        errno = saved;
        again = false;
    }
    if (again)
        self_timer_set(&timer, dead ? LOOK_NS : LOOK_NS << (LOOKS - looks));
    else
        self_timer_delete(&timer);
    seen_dead = dead;
}

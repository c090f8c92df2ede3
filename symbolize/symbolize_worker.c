/* One child per file, kept while its file is in use, at the other end of a socket pair:
 *
 *   request   uint32 n, then n offsets
 *   answer    see symbolize_answer.c
 *
 * Limits of the child: processor time for each request (a loop in a DWARF reader dies of SIGXCPU),
 * private memory in all (RLIMIT_DATA, not RLIMIT_AS: the file itself is mapped and may be larger
 * than any sensible limit), no core dump, no output (libdw prints when it runs out of memory), no
 * descriptor but its own. It ends when the socket does, so none is left over when the parent dies.
 * Time on the clock is the parent's business: it stops a child that waits for ever on something. */
#include "symbolize/symbolize_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define ADDRESS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ADDRESS_SANITIZED 1
#endif
#endif
#ifndef ADDRESS_SANITIZED
#define ADDRESS_SANITIZED 0
#endif

static const rlim_t MAX_MEMORY_BYTES = (rlim_t)4 << 30;

/* ---- the child */

static bool receive_all(int socket, void *bytes, size_t n) {
    char *to = bytes;

    while (n > 0) {
        ssize_t got = recv(socket, to, n, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        to += got;
        n -= (size_t)got;
    }
    return true;
}

/* Moves the descriptors that the child keeps below the first one that is closed. */
static void keep_descriptors(int *socket, int *file) {
    int null = open("/dev/null", O_RDWR);
    int kept_socket = fcntl(*socket, F_DUPFD, 5), kept_file = fcntl(*file, F_DUPFD, 5);

    for (int fd = 0; fd < 3; fd++)
        dup2(null, fd);
    *socket = dup2(kept_socket, 3);
    *file = dup2(kept_file, 4);
    close_range(5, ~0U, 0);
}

static void limit_self(void) {
    struct rlimit none = {0, 0};
    struct rlimit memory = {MAX_MEMORY_BYTES, MAX_MEMORY_BYTES};

    /* The shadow memory of a sanitizer alone is terabytes. */
    if (!ADDRESS_SANITIZED)
        setrlimit(RLIMIT_DATA, &memory);
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0); /* a core pattern that is a pipe ignores the limit */
    prctl(PR_SET_NAME, "cpprof-symbols");
}

/* A handler of the caller's, who may be a server or a test, would go on in the child as if it were
 * the parent; and the limit of processor time is a signal that may have been blocked. */
static void reset_signals(void) {
    sigset_t none;

    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Allows `seconds` of processor time from now on. */
static void limit_cpu(unsigned seconds) {
    struct rusage used;
    struct rlimit limit;

    getrusage(RUSAGE_SELF, &used);
    getrlimit(RLIMIT_CPU, &limit);
    limit.rlim_cur = (rlim_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + 1 + seconds;
    if (limit.rlim_cur > limit.rlim_max)
        limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_CPU, &limit);
}

/* Answers one request; false at the end of the requests. */
static bool serve_request(struct object *o, int socket) {
    struct answer answer = {0};
    uint64_t *offsets;
    uint32_t n;
    bool more;

    if (!receive_all(socket, &n, sizeof(n)))
        return false;
    offsets = calloc((size_t)n + 1, sizeof(*offsets));
    more = offsets && receive_all(socket, offsets, n * sizeof(*offsets)) &&
           answer_init(&answer, n) == 0 && object_lookup(o, offsets, n, &answer) == 0 &&
           answer_send(&answer, socket) == 0;
    answer_release(&answer);
    free(offsets);
    return more;
}

static void serve(int socket, struct symbolize_source *source, unsigned cpu_seconds) {
    struct object *o;

    reset_signals();
    keep_descriptors(&socket, &source->fd);
    limit_self();
    limit_cpu(cpu_seconds);
    o = object_open(source);
    while (o && serve_request(o, socket))
        limit_cpu(cpu_seconds);
    _exit(0);
}

/* ---- the parent */

int worker_start(struct worker *w, const struct symbolize_source *source,
                 const struct worker_limits *limits) {
    struct symbolize_source own = *source;
    struct timeval send_limit = {.tv_sec = limits->wall_seconds};
    int sockets[2];
    int rc = 0;

    *w = (struct worker){.socket = -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
        rc = -errno;
        close(source->fd);
        return rc;
    }
    w->pid = fork();
    if (w->pid == 0)
        serve(sockets[1], &own, limits->cpu_seconds);
    if (w->pid < 0) {
        rc = -errno;
        w->pid = 0;
        close(sockets[0]);
    } else {
        w->socket = sockets[0];
        /* A long request does not fit into the socket: the child must begin to read it. */
        setsockopt(w->socket, SOL_SOCKET, SO_SNDTIMEO, &send_limit, sizeof(send_limit));
    }
    close(sockets[1]);
    close(source->fd);
    return rc;
}

static int send_all(int socket, const void *bytes, size_t n) {
    const char *from = bytes;

    while (n > 0) {
        ssize_t sent = send(socket, from, n, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return errno == EAGAIN ? -ETIMEDOUT : -EPIPE;
        from += sent;
        n -= (size_t)sent;
    }
    return 0;
}

/* Ends the child and says how it had ended by itself, if it had. */
static void stop(struct worker *w, int *status) {
    if (w->pid <= 0)
        return;
    close(w->socket);
    kill(w->pid, SIGKILL);
    while (waitpid(w->pid, status, 0) < 0 && errno == EINTR)
        ;
    *w = (struct worker){.socket = -1};
}

void worker_stop(struct worker *w) {
    int status;

    stop(w, &status);
}

/* The child closes its socket by dying; what it died of is known when it has been waited for. */
static void describe_end(struct worker *w, char *why, size_t why_bytes) {
    int status = 0;

    while (w->pid > 0 && waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (w->socket >= 0)
        close(w->socket);
    *w = (struct worker){.socket = -1};
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
        snprintf(why, why_bytes, "reading its symbols takes too long");
    else if (WIFSIGNALED(status))
        snprintf(why, why_bytes, "its symbols are corrupt (reader died of SIG%s)",
                 sigabbrev_np(WTERMSIG(status)) ?: "???");
    else
        snprintf(why, why_bytes, "reading its symbols failed");
}

int worker_lookup(struct worker *w, const struct worker_limits *limits, const uint64_t *offsets,
                  uint32_t n, struct answer *answer, char *why, size_t why_bytes) {
    int rc = send_all(w->socket, &n, sizeof(n));

    if (rc == 0)
        rc = send_all(w->socket, offsets, n * sizeof(*offsets));
    if (rc == 0)
        rc = answer_receive(answer, w->socket, n, (int)limits->wall_seconds * 1000);
    if (rc == -EPIPE) {
        describe_end(w, why, why_bytes);
        return -EIO;
    }
    if (rc < 0) {
        worker_stop(w);
        snprintf(why, why_bytes, "%s",
                 rc == -ETIMEDOUT ? "reading its symbols takes too long"
                 : rc == -ENOMEM  ? "out of memory"
                                  : "its symbols are corrupt");
    }
    return rc;
}

/* `cpprof serve`: what `import _ "net/http/pprof"` is for Go, for every process that runs under the
 * agent, or for one. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "collector/arena_file.h"
#include "collector/commands.h"
#include "collector/message.h"
#include "collector/process.h"
#include "collector/serve/access.h"
#include "collector/serve/http_server.h"
#include "collector/serve/reaper.h"

enum { CHECK_MS = 1000, END_MS = 700, LAST_ANSWERS_MS = 5000, PORT_MS = 3000, DESCRIPTORS = 8192 };

#define NS_OF_MS INT64_C(1000000)

struct serve_request {
    const char *listen, *token_file, *tls_cert, *tls_key, *dir;
    bool insecure;
    int pid;              /* 0: all */
    bool for_process;     /* started by the agent of that process, to end with it */
    uint64_t start_ticks; /* of the process `pid`; 0 for all */
};

/* What is open while it runs. */
struct serving {
    struct server server;
    char url[320];
    char *token, *certificate, *key;
    int signals, process; /* descriptors; -1: none */
    struct http_server *http;
};

/* ---- the command line */

static bool parse_number(const char *s, uint64_t most, uint64_t *n) {
    char *end;
    errno = 0;
    *n = strtoull(s, &end, 10);
    return *s && !s[strspn(s, "0123456789")] && errno == 0 && *n <= most;
}

static int parse_pid(struct serve_request *q, const char *arg) {
    uint64_t n;
    if (!parse_number(arg, INT32_MAX, &n) || n == 0)
        return usage_error("%s is not a PID", arg);
    q->pid = (int)n;
    return EXIT_DONE;
}

static int parse_options(struct serve_request *q, int argc, char **argv) {
    static const struct option options[] = {{"listen", required_argument, NULL, 'l'},
                                            {"pid", required_argument, NULL, 'p'},
                                            {"dir", required_argument, NULL, 'd'},
                                            {"token-file", required_argument, NULL, 't'},
                                            {"tls-cert", required_argument, NULL, 'c'},
                                            {"tls-key", required_argument, NULL, 'k'},
                                            {"insecure", no_argument, NULL, 'i'},
                                            {"for-process", required_argument, NULL, 'f'},
                                            {0}};
    int status = EXIT_DONE;
    opterr = 0;
    for (int c; status == EXIT_DONE && (c = getopt_long(argc, argv, "d:", options, NULL)) != -1;) {
        switch (c) {
        case 'l':
            q->listen = optarg;
            break;
        case 'p':
            status = parse_pid(q, optarg);
            break;
        case 'd':
            q->dir = optarg;
            break;
        case 't':
            q->token_file = optarg;
            break;
        case 'c':
            q->tls_cert = optarg;
            break;
        case 'k':
            q->tls_key = optarg;
            break;
        case 'i':
            q->insecure = true;
            break;
        case 'f':
            q->for_process = true;
            if (!parse_number(optarg, UINT64_MAX, &q->start_ticks))
                status = usage_error("%s is not a time", optarg);
            break;
        default:
            status = usage_error("bad option %s", argv[optind - 1]);
        }
    }
    return status;
}

static int parse(struct serve_request *q, int argc, char **argv) {
    *q = (struct serve_request){.listen = "localhost:6060"};
    int status = parse_options(q, argc, argv);
    if (status != EXIT_DONE)
        return status;
    if (optind != argc)
        return usage_error("takes no argument, but got %s", argv[optind]);
    if (q->for_process && !q->pid)
        return usage_error("--for-process needs --pid");
    if (!q->tls_cert != !q->tls_key)
        return usage_error("--tls-cert and --tls-key go together");
    return EXIT_DONE;
}

/* ---- getting ready */

/* A file that has to be readable; NULL after a message. */
static bool read_file(const char *path, bool secret, char **text) {
    const char *why;
    if (!path)
        return true;
    *text = access_file_read(path, secret, &why);
    if (!*text)
        message("cannot use %s: %s", path, why);
    return *text != NULL;
}

static bool read_secrets(struct serving *v, const struct serve_request *q) {
    const char *why;
    if (q->token_file && !(v->token = access_token_read(q->token_file, &why))) {
        message("cannot use %s: %s", q->token_file, why);
        return false;
    }
    v->server.token = v->token;
    v->server.tls = q->tls_cert != NULL;
    return read_file(q->tls_cert, false, &v->certificate) && read_file(q->tls_key, true, &v->key);
}

/* Whether strangers could reach what they must not. */
static bool is_safe(const struct serving *v, const struct serve_request *q) {
    const struct listen_address *a = &v->server.address;
    if (a->is_unix || a->loopback || q->insecure || (v->token && v->certificate))
        return true;
    message("%s can be reached from other machines: give --token-file, --tls-cert and --tls-key, "
            "or --insecure",
            q->listen);
    return false;
}

/* Which process of that number it is: another one that gets it later is not served. */
static bool pin_process(struct serve_request *q) {
    if (!q->pid || q->for_process || process_start(q->pid, &q->start_ticks))
        return true;
    message("no process %d", q->pid);
    return false;
}

/* Whether there is a place to look for arenas at; one that is missing may yet be made, as may be
 * the arena. */
static bool can_look(struct serve_request *q) {
    struct arena_list l;
    const char *bad_dir = "";
    int err = arena_list_init_pid(&l, NULL, q->pid, &bad_dir);
    const struct arena_file *f = err ? NULL : arena_list_find(&l, q->pid);
    if (err)
        message("cannot look for arenas %s: %s", bad_dir, strerror(-err));
    else if (q->pid && !q->for_process && !f)
        message("process %d has no arena yet: it carries no agent, or has recorded nothing",
                q->pid);
    if (f && f->alive && !q->for_process)
        q->start_ticks = f->start_ticks; /* by its own clock */
    arena_list_release(&l);
    return err == 0;
}

/* The server of a process that has just ended, which gives its last answers, has its port for a
 * moment more; and a program that is started again starts at once. */
static int bind_when_free(struct serving *v, bool for_process, const char **why) {
    const int64_t end_ns = clock_ns(CLOCK_MONOTONIC) + (for_process ? PORT_MS : 0) * NS_OF_MS;
    struct pollfd process = {.fd = v->process, .events = POLLIN};
    for (;;) {
        int fd = listen_bind(&v->server.address, why);
        if (fd != -EADDRINUSE || clock_ns(CLOCK_MONOTONIC) >= end_ns || poll(&process, 1, 20) != 0)
            return fd;
    }
}

/* A bound and safe socket; -1 after a message, *status is the exit status. */
static int bind_socket(struct serving *v, const struct serve_request *q, int *status) {
    const char *why;
    struct listen_address *a = &v->server.address;
    *status = EXIT_UNUSABLE;
    if (!listen_parse(a, q->listen, &why)) {
        message("cannot listen at %s: %s", q->listen, why);
        return -1;
    }
    int fd = bind_when_free(v, q->for_process, &why);
    listen_url(a, v->server.tls, v->url, sizeof v->url);
    if (fd >= 0 && !is_safe(v, q)) {
        close(fd);
        return -1;
    }
    if (fd >= 0 && listen_start(fd, &why) == 0)
        return fd;
    message("cannot serve %s: %s", v->url, why);
    if (fd >= 0)
        close(fd);
    *status = EXIT_FAILED;
    return -1;
}

static int open_signals(void) {
    sigset_t ends;
    sigemptyset(&ends);
    const int signals[] = {SIGTERM, SIGINT, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        sigaddset(&ends, signals[i]);
        signal(signals[i], SIG_DFL); /* one that is ignored is not seen */
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL); /* the symbolizer waits for its readers of files */
    sigprocmask(SIG_SETMASK, &ends, NULL);
    return signalfd(-1, &ends, SFD_CLOEXEC);
}

/* Each client may cost some descriptors. */
static void allow_descriptors(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static int start(struct serving *v, struct serve_request *q) {
    int status = EXIT_UNUSABLE;
    allow_descriptors();
    if (!read_secrets(v, q) || !pin_process(q) || !can_look(q))
        return EXIT_UNUSABLE;
    v->server.only_pid = q->pid;
    v->server.only_start = q->start_ticks;
    if (server_init(&v->server) != 0) {
        message("out of memory");
        return EXIT_UNUSABLE;
    }
    v->signals = open_signals();
    int fd = bind_socket(v, q, &status);
    if (fd < 0)
        return status;
    v->http = http_server_start(&v->server, fd, &(struct http_tls){v->certificate, v->key});
    if (v->http)
        return EXIT_DONE;
    message("cannot serve %s%s", v->url,
            v->certificate ? ": are these files a certificate and its key, in PEM?" : "");
    close(fd);
    return EXIT_UNUSABLE;
}

static void release(struct serving *v) {
    listen_remove(&v->server.address);
    server_release(&v->server);
    free(v->token);
    free(v->certificate);
    free(v->key);
}

/* ---- serving */

/* Until a signal, or the end of the process that it is for: true then. */
static bool serve_until_end(struct serving *v) {
    struct pollfd fds[] = {{.fd = v->signals, .events = POLLIN},
                           {.fd = v->process, .events = POLLIN}};
    while (poll(fds, 2, CHECK_MS) <= 0)
        http_server_check(v->http);
    return fds[0].revents == 0;
}

static void *end_anyway(void *ctx) {
    usleep((END_MS + 200) * 1000);
    _exit(EXIT_DONE);
}

static void in_thread(void *(*fn)(void *), void *ctx) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, fn, ctx) == 0)
        pthread_detach(thread);
}

/* What is still being symbolized must not hold up the end. */
static void limit_end(void) {
    in_thread(end_anyway, NULL);
}

/* What the process leaves may take a while; a signal ends that as it ends serving. Nothing is lost:
 * an arena goes when its profiles are there. */
static void *end_by_signal(void *ctx) {
    const struct serving *v = ctx;
    struct pollfd signals = {.fd = v->signals, .events = POLLIN};
    while (poll(&signals, 1, -1) <= 0)
        ;
    return end_anyway(NULL);
}

static int serve_all(struct serving *v, const struct serve_request *q) {
    struct reaper reaper;
    if (reaper_init(&reaper, &v->server, q->dir) != 0 || reaper_start(&reaper) != 0) {
        http_server_stop(v->http, 0);
        return EXIT_UNUSABLE;
    }
    message("serving %s", v->url);
    serve_until_end(v);
    listen_remove(&v->server.address);
    limit_end();
    http_server_stop(v->http, END_MS);
    reaper_stop(&reaper);
    reaper_release(&reaper);
    return EXIT_DONE;
}

/* From here on the program has its stderr for itself. */
static void fall_silent(void) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd < 3 && null >= 0; fd++)
        dup2(null, fd);
    close(null);
}

static int serve_for_process(struct serving *v, const struct serve_request *q) {
    fall_silent();
    bool ended = serve_until_end(v);
    listen_remove(&v->server.address);
    if (ended)
        in_thread(end_by_signal, v);
    else
        limit_end();
    http_server_stop(v->http, ended ? LAST_ANSWERS_MS : END_MS);
    if (!ended)
        return EXIT_DONE;
    /* One that has ended well has removed its arena. */
    struct reaper last;
    if (reaper_init(&last, &v->server, q->dir) == 0) {
        reaper_look(&last);
        reaper_release(&last);
    }
    return EXIT_DONE;
}

/* Watches the process that it is for; false when that has ended already. */
static bool watch_process(struct serving *v, const struct serve_request *q) {
    message_command(NULL); /* it speaks for the program */
    close_range(3, ~0U, 0);
    setsid(); /* what is typed at the terminal is for the program */
    v->process = (int)syscall(SYS_pidfd_open, q->pid, 0);
    return v->process >= 0 && process_lives(q->pid, q->start_ticks);
}

int cmd_serve(int argc, char **argv) {
    struct serve_request q;
    struct serving v = {.server.stop_fd = -1, .signals = -1, .process = -1};
    message_command("serve");
    int status = parse(&q, argc, argv);
    if (status != EXIT_DONE)
        return status;
    if (q.for_process && !watch_process(&v, &q))
        return EXIT_DONE;
    status = start(&v, &q);
    if (status == EXIT_DONE)
        status = q.for_process ? serve_for_process(&v, &q) : serve_all(&v, &q);
    release(&v);
    return status;
}

/* `cpprof threads`: every thread of a process with its stack, as text. Who is asked depends: the
 * agent in the process, the kernel (--native), or a core file. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "collector/commands.h"
#include "collector/message.h"
#include "collector/threads/threads_agent.h"
#include "collector/threads/threads_core.h"
#include "collector/threads/threads_native.h"
#include "collector/threads/threads_text.h"

struct threads_request {
    bool native;
    const char *exe;  /* --exe, or NULL */
    const char *core; /* or NULL */
    pid_t pid;
};

static bool parse_pid(const char *arg, pid_t *pid) {
    char *end;
    if (arg[strspn(arg, "0123456789")] || !*arg)
        return false;
    long n = strtol(arg, &end, 10);
    *pid = n > 0 && n <= INT32_MAX ? (pid_t)n : 0;
    return true;
}

static int parse_options(struct threads_request *q, int argc, char **argv) {
    static const struct option options[] = {
        {"native", no_argument, NULL, 'n'}, {"exe", required_argument, NULL, 'e'}, {0}};
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (c == 'n')
            q->native = true;
        else if (c == 'e')
            q->exe = optarg;
        else
            return usage_error("bad option %s", argv[optind - 1]);
    }
    return EXIT_DONE;
}

static int parse(struct threads_request *q, int argc, char **argv) {
    *q = (struct threads_request){0};
    if (parse_options(q, argc, argv) != EXIT_DONE)
        return EXIT_UNUSABLE;
    if (argc - optind != 1)
        return usage_error("give one PID or one core file");
    if (!parse_pid(argv[optind], &q->pid))
        q->core = argv[optind];
    if (q->core && q->native)
        return usage_error("--native is for processes, and %s is not a PID", q->core);
    if (!q->core && q->pid == 0)
        return usage_error("%s is not a PID", argv[optind]);
    if (!q->core && q->exe)
        return usage_error("--exe is for core files");
    return EXIT_DONE;
}

static int read_threads(const struct threads_request *q, struct threads_report *r) {
    if (q->core)
        return threads_core_read(r, q->core, q->exe);
    return q->native ? threads_native_read(r, q->pid) : threads_agent_read(r, q->pid);
}

static int print(struct threads_report *r) {
    struct symbolizer *symbolizer = symbolizer_new();
    int err = symbolizer ? report_symbolize(r, symbolizer) : -1;
    symbolizer_free(symbolizer);
    if (err) {
        message("out of memory");
        return EXIT_FAILED;
    }
    threads_text_write(r, stdout);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        message("cannot write");
        return EXIT_FAILED;
    }
    return EXIT_DONE;
}

int cmd_threads(int argc, char **argv) {
    struct threads_request q;
    struct threads_report r = {0};
    message_command("threads");
    int status = parse(&q, argc, argv);
    if (status != EXIT_DONE)
        return status;
    signal(SIGCHLD, SIG_DFL); /* the symbolizer waits for its readers of files */
    int err = read_threads(&q, &r);
    /* A source that got only a part of them has said so. */
    status = err || r.n == 0 ? EXIT_FAILED : EXIT_DONE;
    if (r.n && print(&r) != EXIT_DONE)
        status = EXIT_FAILED;
    report_release(&r);
    return status;
}

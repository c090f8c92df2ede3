/* Runs a report command: the report, the picture that `dot` makes of it, and the place it goes to.
 *
 * The place is opened when the first bytes come, or at the end: as pprof puts a report together
 * before it opens a file, one that fails early leaves none, and no file that was there is lost.
 *
 * From the shell a report runs in a process of its own, on a copy of the profile that the kernel
 * makes as far as it is changed. */
#include "reader/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reader/picture.h"
#include "reader/strconv.h"
#include "reader/viewer.h"

/* Where a report goes. */
struct place {
    const struct report_command *command;
    const char *output; /* the file that was asked for, or "" */
    bool in_shell;
    bool abandoned; /* what still comes is dropped */
    int fd;         /* -1 until it is opened */
    int err;        /* negative; why it could not be opened or written */
    char path[PATH_MAX];
    char why[PATH_MAX + 128];
};

static void place_refuse(struct place *at, const char *what) {
    char text[STRCONV_ERROR_BYTES];

    at->err = -errno;
    snprintf(at->why, sizeof at->why, "%s: %s", what, strconv_error(errno, text));
}

static void place_open_file(struct place *at) {
    char what[PATH_MAX + 16];

    fprintf(stderr, "Generating report in %s\n", at->output);
    snprintf(at->path, sizeof at->path, "%s", at->output);
    at->fd = open(at->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (at->fd < 0) {
        snprintf(what, sizeof what, "open %s", at->output);
        place_refuse(at, what);
    }
}

static void place_open(struct place *at) {
    if (at->fd >= 0 || at->err < 0)
        return;
    if (*at->output) {
        place_open_file(at);
    } else if (at->command->suffix && (at->in_shell || isatty(STDOUT_FILENO))) {
        at->fd =
            numbered_file("", "profile", at->command->suffix, at->path, at->why, sizeof at->why);
        if (at->fd < 0)
            at->err = at->fd;
        else
            fprintf(stderr, "Generating report in %s\n", at->path);
    } else {
        at->fd = STDOUT_FILENO;
        strcpy(at->path, "/dev/stdout");
    }
}

static ssize_t place_write(void *cookie, const char *bytes, size_t n) {
    struct place *at = cookie;
    char what[PATH_MAX + 16];

    if (at->abandoned)
        return (ssize_t)n;
    place_open(at);
    for (size_t done = 0; at->err == 0 && done < n;) {
        ssize_t m = write(at->fd, bytes + done, n - done);

        if (m >= 0) {
            done += (size_t)m;
        } else if (errno != EINTR) {
            snprintf(what, sizeof what, "write %s", at->path);
            place_refuse(at, what);
        }
    }
    return at->err < 0 ? 0 : (ssize_t)n;
}

/* ---- the report */

static int write_picture(struct report *r, const char *type, FILE *to, char *why,
                         size_t why_bytes) {
    int fd = memfd_create("dot", MFD_CLOEXEC), err = -EIO;
    FILE *dot = fd < 0 ? NULL : fdopen(fd, "w");

    if (dot) {
        err = report_write(r, dot, why, why_bytes);
        if (err == 0 && fflush(dot) != 0)
            err = -errno;
        err = err ? err : picture_write(fd, type, to, why, why_bytes);
        fclose(dot);
    } else if (fd >= 0) {
        close(fd);
    }
    return err;
}

static int write_report(struct profile *p, const struct place *at, const char *argument,
                        const struct options *o, FILE *to, char *why, size_t why_bytes) {
    const struct report_command *c = at->command;
    struct report *r = NULL;
    int err = report_new(p, c->name, c->format, argument, o, &r, why, why_bytes);

    if (err < 0)
        return err;
    err = c->picture ? write_picture(r, c->picture, to, why, why_bytes)
                     : report_write(r, to, why, why_bytes);
    report_free(r);
    return err;
}

/* The report, to its place. */
static int place_report(struct place *at, struct profile *p, const char *argument,
                        const struct options *o, char *why, size_t why_bytes) {
    enum { BUFFER_BYTES = 1 << 18 };
    FILE *to = fopencookie(at, "w", (cookie_io_functions_t){.write = place_write});
    int err;

    if (!to)
        return -ENOMEM;
    setvbuf(to, NULL, _IOFBF, BUFFER_BYTES);
    err = write_report(p, at, argument, o, to, why, why_bytes);
    at->abandoned = err < 0;
    fclose(to);
    if (err == 0)
        place_open(at);
    if (at->fd > STDERR_FILENO && close(at->fd) < 0 && at->err == 0)
        place_refuse(at, at->path);
    if (at->err < 0) {
        snprintf(why, why_bytes, "%s", at->why);
        err = at->err;
    }
    return err;
}

/* What a process of its own has to tell. */
struct outcome {
    int err;
    char why[4096];
};

static int place_report_apart(struct place *at, const struct profile *p, const char *argument,
                              const struct options *o, char *why, size_t why_bytes) {
    struct outcome *out = mmap(NULL, sizeof *out, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    int status = 0, err;
    pid_t pid;

    if (out == MAP_FAILED)
        return -errno;
    fflush(NULL);
    sigaction(SIGINT, &ignore, &before);
    pid = fork();
    if (pid == 0) {
        signal(SIGINT, SIG_DFL);
        /* The copy is ours to change. */
        out->err =
            place_report(at, (struct profile *)p, argument, o, out->why, sizeof out->why);
        fflush(NULL);
        _exit(0);
    }
    err = pid < 0 ? -errno : 0;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    sigaction(SIGINT, &before, NULL);
    if (pid > 0 && WIFSIGNALED(status)) {
        err = -EINTR;
        snprintf(why, why_bytes, "signal: %s", strsignal(WTERMSIG(status)));
    } else if (pid > 0) {
        err = out->err;
        snprintf(why, why_bytes, "%s", out->why);
    }
    munmap(out, sizeof *out);
    return err;
}

static int run(const struct profile *p, bool in_shell, const struct report_command *command,
               const char *argument, const struct options *o, char *why, size_t why_bytes) {
    struct place at = {.command = command, .output = o->output, .in_shell = in_shell, .fd = -1};
    bool view = command->viewers && !*o->output;
    char text[STRCONV_ERROR_BYTES];
    int err;

    if (why_bytes > 0)
        *why = '\0';
    if (view) {
        at.fd = viewer_file(command->suffix, at.path, why, why_bytes);
        if (at.fd < 0)
            return at.fd;
    }
    err = in_shell ? place_report_apart(&at, p, argument, o, why, why_bytes)
                   : place_report(&at, (struct profile *)p, argument, o, why, why_bytes);
    if (view && in_shell)
        close(at.fd);
    if (err == 0 && view)
        err = viewer_start(command->viewers, at.path, !in_shell, why, why_bytes);
    if (err < 0 && why_bytes > 0 && !*why)
        snprintf(why, why_bytes, "%s", strconv_error(err, text));
    return err;
}

int report_once(struct profile *p, const struct report_command *command, const char *argument,
                const struct options *o, char *why, size_t why_bytes) {
    int err = run(p, false, command, argument, o, why, why_bytes);

    viewer_cleanup();
    return err;
}

int report_run(const struct profile *p, const struct report_command *command, const char *argument,
               const struct options *o, char *why, size_t why_bytes) {
    return run(p, true, command, argument, o, why, why_bytes);
}

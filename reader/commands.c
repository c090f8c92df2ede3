/* Runs a report command: the report, the picture that `dot` makes of it, and the place it goes to.
 *
 * From the shell a report runs in a process of its own, on a copy of the profile that the kernel
 * makes as far as it is changed. */
#include "reader/commands.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "reader/picture.h"
#include "reader/place.h"
#include "reader/process.h"
#include "reader/strconv.h"
#include "reader/viewer.h"

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

/* What is to be reported. */
struct job {
    struct profile *p; /* which it changes */
    const struct report_command *command;
    const char *argument;
    const struct options *options;
};

static int write_report(void *ctx, FILE *to, char *why, size_t why_bytes) {
    struct job *job = ctx;
    const struct report_command *c = job->command;
    struct report *r = NULL;
    int err =
        report_new(job->p, c->name, c->format, job->argument, job->options, &r, why, why_bytes);

    if (err < 0)
        return err;
    err = c->picture ? write_picture(r, c->picture, to, why, why_bytes)
                     : report_write(r, to, why, why_bytes);
    report_free(r);
    return err;
}

/* What a process of its own has to tell. */
struct outcome {
    int err;
    char why[4096];
};

/* Reports in a process of its own. */
static int report_apart(struct place *at, struct job *job, char *why, size_t why_bytes) {
    struct outcome *out =
        mmap(NULL, sizeof *out, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    int err;

    if (out == MAP_FAILED)
        return -errno;
    fflush(NULL);
    sigaction(SIGINT, &ignore, &before);
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGINT, SIG_DFL);
        out->err = place_fill(at, write_report, job, out->why, sizeof out->why);
        fflush(stderr);
        _exit(0);
    }
    err = pid < 0 ? -errno : process_wait(pid, why, why_bytes);
    sigaction(SIGINT, &before, NULL);
    if (err == 0 && out->err < 0) {
        err = out->err;
        snprintf(why, why_bytes, "%s", out->why);
    }
    munmap(out, sizeof *out);
    return err;
}

static int run(struct job *job, bool in_shell, char *why, size_t why_bytes) {
    const struct report_command *c = job->command;
    struct place at = {
        .output = job->options->output, .suffix = c->suffix, .no_terminal = in_shell, .fd = -1};
    bool view = c->viewers && !*at.output;
    char text[STRCONV_ERROR_BYTES];
    int err;

    *why = '\0';
    if (view) {
        at.fd = viewer_file(c->suffix, at.path, why, why_bytes);
        if (at.fd < 0)
            return at.fd;
    }
    err = in_shell ? report_apart(&at, job, why, why_bytes)
                   : place_fill(&at, write_report, job, why, why_bytes);
    if (view && in_shell)
        close(at.fd);
    if (err == 0 && view)
        err = viewer_start(c->viewers, at.path, !in_shell, why, why_bytes);
    if (err < 0 && !*why)
        snprintf(why, why_bytes, "%s", strconv_error(err, text));
    return err;
}

int report_once(struct profile *p, const struct report_command *command, const char *argument,
                const struct options *o, char *why, size_t why_bytes) {
    struct job job = {.p = p, .command = command, .argument = argument, .options = o};
    int err = run(&job, false, why, why_bytes);

    viewer_cleanup();
    return err;
}

int report_run(const struct profile *p, const struct report_command *command, const char *argument,
               const struct options *o, char *why, size_t why_bytes) {
    /* The process that changes the profile has a copy. */
    struct job job = {
        .p = (struct profile *)p, .command = command, .argument = argument, .options = o};

    return run(&job, true, why, why_bytes);
}

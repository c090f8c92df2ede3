/* The file behind a report, opened late. */
#include "reader/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio_ext.h>
#include <string.h>
#include <unistd.h>

#include "reader/strconv.h"
#include "reader/viewer.h"

static void refuse(struct place *at, const char *doing) {
    char text[STRCONV_ERROR_BYTES];

    at->err = -errno;
    snprintf(at->why, sizeof at->why, "%s %s: %s", doing, at->path, strconv_error(errno, text));
}

static bool is_standard_output(const struct place *at) {
    return at->fd < 0 && !*at->output &&
           !(at->suffix && (at->no_terminal || isatty(STDOUT_FILENO)));
}

static void open_file(struct place *at) {
    if (at->fd >= 0 || at->err < 0)
        return;
    if (*at->output) {
        snprintf(at->path, sizeof at->path, "%s", at->output);
        fprintf(stderr, "Generating report in %s\n", at->path);
        at->fd = open(at->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (at->fd < 0)
            refuse(at, "open");
        return;
    }
    at->fd = numbered_file("", "profile", at->suffix, at->path, at->why, sizeof at->why);
    if (at->fd < 0)
        at->err = at->fd;
    else
        fprintf(stderr, "Generating report in %s\n", at->path);
}

static ssize_t write_file(void *cookie, const char *bytes, size_t n) {
    struct place *at = cookie;

    if (at->abandoned)
        return (ssize_t)n;
    open_file(at);
    for (size_t done = 0; at->err == 0 && done < n;) {
        ssize_t m = write(at->fd, bytes + done, n - done);

        if (m >= 0)
            done += (size_t)m;
        else if (errno != EINTR)
            refuse(at, "write");
    }
    return at->err < 0 ? 0 : (ssize_t)n;
}

static FILE *open_stream(struct place *at, bool standard_output) {
    enum { BUFFER_BYTES = 1 << 18 };
    FILE *to;

    if (standard_output) {
        /* A stream with its descriptor: who writes may ask whether it is a terminal. */
        int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);

        strcpy(at->path, "/dev/stdout");
        to = fd < 0 ? NULL : fdopen(fd, "w");
    } else {
        to = fopencookie(at, "w", (cookie_io_functions_t){.write = write_file});
    }
    if (to)
        setvbuf(to, NULL, _IOFBF, BUFFER_BYTES);
    return to;
}

int place_fill(struct place *at, place_write_fn *write, void *ctx, char *why, size_t why_bytes) {
    bool standard_output = is_standard_output(at);
    FILE *to = open_stream(at, standard_output);
    int err;

    if (!to)
        return -errno;
    err = write(ctx, to, why, why_bytes);
    at->abandoned = err < 0;
    if (at->abandoned) {
        if (standard_output && ferror(to)) {
            errno = -err;
            refuse(at, "write");
        }
        __fpurge(to);
    }
    if (fclose(to) != 0 && standard_output && !at->abandoned)
        refuse(at, "write");
    if (!standard_output && !at->abandoned)
        open_file(at);
    if (at->fd >= 0 && close(at->fd) < 0 && at->err == 0)
        refuse(at, "close");
    if (at->err < 0) {
        snprintf(why, why_bytes, "%s", at->why);
        err = at->err;
    }
    return err;
}

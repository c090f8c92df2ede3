#include "reader/code/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/read_all.h"
#include "reader/process.h"
#include "reader/strconv.h"

enum { MAX_OUTPUT_BYTES = 1 << 30 };

extern char **environ;

bool tool_is_program(const char *path) {
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

bool tool_find(const char *name, char *path, size_t path_bytes) {
    const char *at = getenv("PATH");

    while (at && *at) {
        size_t n = strcspn(at, ":");

        /* An empty entry is the current directory, which is not looked into for tools. */
        if (n > 0 && (size_t)snprintf(path, path_bytes, "%.*s/%s", (int)n, at, name) < path_bytes &&
            tool_is_program(path))
            return true;
        at += n;
        at += *at == ':';
    }
    return false;
}

/* Its stdout is the pipe's writing end; it has no other descriptor of ours. */
static int start(const char *const *argv, int output, pid_t *pid) {
    posix_spawn_file_actions_t actions;
    int err = posix_spawn_file_actions_init(&actions);

    if (err)
        return -err;
    err = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!err)
        err = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (!err)
        err = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (!err)
        err = posix_spawn(pid, argv[0], &actions, NULL, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return -err;
}

/* `[PROGRAM ARGUMENT...]: REASON`, as Go shows a command that failed. */
static int fail(const char *const *argv, int err, const char *reason, char *why, size_t why_bytes) {
    size_t n = 0;

    for (size_t i = 0; argv[i] && n < why_bytes; i++)
        n += (size_t)snprintf(why + n, why_bytes - n, "%s%s", i ? " " : "[", argv[i]);
    if (n < why_bytes)
        snprintf(why + n, why_bytes - n, "]: %s", reason);
    return err;
}

static int fail_with(const char *const *argv, int err, char *why, size_t why_bytes) {
    char text[STRCONV_ERROR_BYTES];

    return fail(argv, err, strconv_error(err, text), why, why_bytes);
}

static int wait_for(pid_t pid, const char *const *argv, char *why, size_t why_bytes) {
    char reason[128];
    int err = process_wait(pid, reason, sizeof(reason));

    return err == 0 ? 0 : fail(argv, err, reason, why, why_bytes);
}

/* Reads what it writes, and ends it if that cannot be taken. */
static int take_output(int fd, pid_t pid, char **out, size_t *out_bytes) {
    int err = read_all(fd, MAX_OUTPUT_BYTES, out, out_bytes);
    char *text = err == 0 ? realloc(*out, *out_bytes + 1) : NULL;

    if (text) {
        text[*out_bytes] = 0;
        *out = text;
        return 0;
    }
    kill(pid, SIGKILL);
    return err ? err : -ENOMEM;
}

int tool_output(const char *const *argv, char **out, size_t *out_bytes, char *why,
                size_t why_bytes) {
    int ends[2], err, status;
    pid_t pid = 0;

    *out = NULL;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return fail_with(argv, -errno, why, why_bytes);
    err = start(argv, ends[1], &pid);
    close(ends[1]);
    if (err == 0) {
        err = take_output(ends[0], pid, out, out_bytes);
        status = wait_for(pid, argv, why, why_bytes);
        if (err == 0 && status == 0) {
            close(ends[0]);
            return 0;
        }
        free(*out);
        *out = NULL;
    }
    close(ends[0]);
    return err ? fail_with(argv, err, why, why_bytes) : status;
}

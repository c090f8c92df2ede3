/* Viewers, and their temporary files.
 *
 * A viewer that is not waited for is started by a short-lived process between, so that it is not
 * our child: it may end whenever it likes, and nobody has to ask after it. */
#include "reader/viewer.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/grow.h"
#include "reader/process.h"
#include "reader/strconv.h"

extern char **environ;

static struct {
    char **paths;
    size_t n;
} temporary;

int numbered_file(const char *directory, const char *prefix, const char *suffix,
                  char path[PATH_MAX], char *why, size_t why_bytes) {
    enum { MOST = 10000 };
    char text[STRCONV_ERROR_BYTES];

    for (int i = 1; i < MOST; i++) {
        snprintf(path, PATH_MAX, "%s%s%s%03d.%s", directory, *directory ? "/" : "", prefix, i,
                 suffix);
        int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0)
            return fd;
        if (errno != EEXIST) {
            int err = errno;

            snprintf(why, why_bytes, "open %s: %s", path, strconv_error(err, text));
            return -err;
        }
    }
    snprintf(why, why_bytes, "could not create file of the form %s001.%s", prefix, suffix);
    return -EEXIST;
}

int viewer_file(const char *suffix, char path[PATH_MAX], char *why, size_t why_bytes) {
    const char *directory = getenv("TMPDIR");
    int fd;

    if (!directory || !*directory)
        directory = "/tmp";
    fd = numbered_file(directory, "pprof", suffix, path, why, why_bytes);
    if (fd < 0)
        return fd;
    char *copy = strdup(path);
    if (!copy || !grow_array(&temporary.paths, temporary.n, sizeof *temporary.paths)) {
        free(copy);
        unlink(path);
        close(fd);
        snprintf(why, why_bytes, "out of memory");
        return -ENOMEM;
    }
    temporary.paths[temporary.n++] = copy;
    return fd;
}

void viewer_cleanup(void) {
    for (size_t i = 0; i < temporary.n; i++) {
        unlink(temporary.paths[i]);
        free(temporary.paths[i]);
    }
    free(temporary.paths);
    temporary.paths = NULL;
    temporary.n = 0;
}

/* The command line that an entry of the list stands for, or NULL. */
static const char *viewer_line(const char *viewer) {
    const char *line = *viewer == '$' ? getenv(viewer + 1) : viewer;
    const char *display = getenv("DISPLAY");

    if (strcmp(viewer, "xdg-open") == 0 && !(display && *display))
        return NULL;
    return line && *line ? line : NULL;
}

/* Starts `line` with `path` behind it. Its process ID, or a negative errno. */
static pid_t spawn(const char *line, const char *path) {
    enum { MOST_WORDS = 64 };
    char *words = strdup(line), *argv[MOST_WORDS + 2], *rest = words;
    size_t n = 0;
    pid_t pid;

    if (!words)
        return -ENOMEM;
    for (char *word; n < MOST_WORDS && (word = strsep(&rest, " "));)
        if (*word)
            argv[n++] = word;
    argv[n] = (char *)path;
    argv[n + 1] = NULL;
    /* As from Go: what is typed is not for it, and what it prints is not the report. */
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    int err = n > 0 ? posix_spawnp(&pid, argv[0], &files, NULL, argv, environ) : ENOENT;
    posix_spawn_file_actions_destroy(&files);
    free(words);
    return err ? -err : pid;
}

/* The same, as nobody's child. 0 or a negative errno. */
static int spawn_detached(const char *line, const char *path) {
    pid_t between = fork();
    int status;

    if (between < 0)
        return -errno;
    if (between == 0) {
        setpgid(0, 0); /* an interrupt typed at the prompt is not for it */
        pid_t pid = spawn(line, path);

        _exit(pid < 0 ? -pid : 0);
    }
    while (waitpid(between, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}

int viewer_start(const char *const *viewers, const char *path, bool wait, char *why,
                 size_t why_bytes) {
    int err = -ENOENT;

    for (; *viewers; viewers++) {
        const char *line = viewer_line(*viewers);

        if (!line)
            continue;
        pid_t pid = wait ? spawn(line, path) : 0;
        err = wait ? (pid < 0 ? pid : 0) : spawn_detached(line, path);
        if (err == 0) {
            err = wait ? process_wait(pid, why, why_bytes) : 0;
            /* What was started may only have told a browser that runs already. */
            sleep(1);
            return err;
        }
        process_not_started(line, -err, why, why_bytes);
    }
    return err;
}

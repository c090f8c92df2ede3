/* What becomes of child processes. */
#include "reader/process.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "reader/strconv.h"

int process_wait(pid_t pid, char *why, size_t why_bytes) {
    char text[STRCONV_ERROR_BYTES];
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) {
            int err = errno;

            snprintf(why, why_bytes, "wait: %s", strconv_error(err, text));
            return -err;
        }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    if (WIFEXITED(status)) {
        snprintf(why, why_bytes, "exit status %d", WEXITSTATUS(status));
    } else {
        const char *signal = strsignal(WTERMSIG(status));

        snprintf(why, why_bytes, "signal: %c%s", tolower((unsigned char)signal[0]), signal + 1);
    }
    return -EIO;
}

int process_not_started(const char *line, int err, char *why, size_t why_bytes) {
    char text[STRCONV_ERROR_BYTES];

    snprintf(why, why_bytes, "exec: \"%.*s\": %s", (int)strcspn(line, " "), line,
             err == ENOENT ? "executable file not found in $PATH" : strconv_error(err, text));
    return -err;
}

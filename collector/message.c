/* Messages are put together first and written at once, so that lines of several processes on one
 * terminal stay whole. */
#include "collector/message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static const char *running; /* subcommand; NULL before one is */

void message_command(const char *command) {
    running = command;
}

static void message_v(const char *format, va_list args) {
    char line[4096];
    int saved = errno;
    vsnprintf(line, sizeof line, format, args);
    fprintf(stderr, "cpprof%s%s: %s\n", running ? " " : "", running ? running : "", line);
    errno = saved;
}

void message(const char *format, ...) {
    va_list args;
    va_start(args, format);
    message_v(format, args);
    va_end(args);
}

int usage_error(const char *format, ...) {
    va_list args;
    va_start(args, format);
    message_v(format, args);
    va_end(args);
    message("see `cpprof help %s`", running);
    return EXIT_UNUSABLE;
}

/* Inside the C library: formatted output, numbers, regular expressions, memory, strings. */
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void work(void);

static volatile double sink;

void work(void) {
    char text[256], *copies[16];
    struct timespec now;
    regex_t re;

    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(text, sizeof text, "%d %s %.17g %#lx", 42, "a string", (double)now.tv_nsec / 7,
             (long)now.tv_sec);
    sink += strtod(text + 12, NULL);
    if (regcomp(&re, "([a-z]+ )*([0-9.]+)", REG_EXTENDED) == 0) {
        regexec(&re, text, 0, NULL, 0);
        regfree(&re);
    }
    for (int i = 0; i < 16; i++)
        copies[i] = strdup(text + i);
    for (int i = 0; i < 16; i++)
        free(copies[i]);
    memset(text, getppid() & 1, sizeof text);
}

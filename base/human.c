/* Two digits at least, three at most. */
#include "base/human.h"

#include <inttypes.h>
#include <stdio.h>

void human_duration(uint64_t t, char *s, size_t room) {
    if (t >= 86400)
        snprintf(s, room, "%" PRIu64 "d%02uh", t / 86400, (unsigned)(t / 3600 % 24));
    else if (t >= 3600)
        snprintf(s, room, "%uh%02um", (unsigned)(t / 3600), (unsigned)(t / 60 % 60));
    else if (t >= 60)
        snprintf(s, room, "%um%02us", (unsigned)(t / 60), (unsigned)(t % 60));
    else
        snprintf(s, room, "%us", (unsigned)t);
}

void human_bytes(uint64_t bytes, char *s, size_t room) {
    static const char units[] = "KMGT";
    double n = (double)bytes / 1024;
    size_t u = 0;
    for (; n >= 1024 && u < sizeof units - 2; u++)
        n /= 1024;
    snprintf(s, room, n < 10 ? "%.1f%c" : "%.0f%c", n, units[u]);
}

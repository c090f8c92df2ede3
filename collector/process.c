/* A process is its number and when it was started.
 *
 * When is told by the clock of whoever asks: in a time namespace of its own (a container that was
 * moved from one machine to another) a process reads another time of itself than others do. */
#include "collector/process.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool process_start(int pid, uint64_t *start_ticks) {
    char path[64], buf[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, buf, sizeof buf - 1);
    close(fd);
    if (n <= 0)
        return false;
    buf[n] = '\0';
    /* The command, field 2, is in parentheses and may hold anything. */
    const char *p = strrchr(buf, ')');
    char state;
    long threads;
    unsigned long long start;
    if (!p || sscanf(p + 1,
                     " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %ld %*s "
                     "%llu",
                     &state, &threads, &start) != 3)
        return false;
    /* A zombie with threads is a process whose first thread has ended. */
    *start_ticks = start;
    return state != 'X' && (state != 'Z' || threads > 1);
}

/* What the clock of boot time is ahead by in a process's time namespace, in ns. */
static bool boottime_offset(const char *process, int64_t *ns) {
    char path[64], line[128];
    bool found = false;
    snprintf(path, sizeof path, "/proc/%s/timens_offsets", process);
    FILE *f = fopen(path, "re");
    while (f && !found && fgets(line, sizeof line, f)) {
        long long s, rest;
        found = sscanf(line, "boottime %lld %lld", &s, &rest) == 2;
        if (found)
            *ns = s * INT64_C(1000000000) + rest;
    }
    if (f)
        fclose(f);
    return found;
}

static bool has_own_time(const char *process) {
    char path[64];
    struct stat own, its;
    snprintf(path, sizeof path, "/proc/%s/ns/time", process);
    return stat("/proc/self/ns/time", &own) == 0 && stat(path, &its) == 0 &&
           own.st_ino != its.st_ino;
}

/* Whether a process that started at `seen` by our clock did so at `told` by its own; to a tick, as
 * both are rounded. */
static bool is_start_elsewhere(int pid, uint64_t seen, uint64_t told) {
    const int64_t tick_ns = INT64_C(1000000000) / sysconf(_SC_CLK_TCK);
    char process[16];
    int64_t own_ns, its_ns;
    snprintf(process, sizeof process, "%d", pid);
    if (!has_own_time(process) || !boottime_offset("self", &own_ns) ||
        !boottime_offset(process, &its_ns))
        return false;
    int64_t off = (int64_t)(told - seen) - (its_ns - own_ns) / tick_ns;
    return off >= -1 && off <= 1;
}

bool process_lives(int pid, uint64_t start_ticks) {
    uint64_t start;
    return process_start(pid, &start) &&
           (start == start_ticks || is_start_elsewhere(pid, start, start_ticks));
}

/* Small files of /proc. */
#include "collector/serve/process_info.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "collector/threads/proc_thread.h"

enum { CMDLINE_MAX = 1 << 20, CMDLINE_STEP = 4096 };

static int open_of(pid_t pid, const char *what) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, what);
    return open(path, O_RDONLY | O_CLOEXEC);
}

char *process_cmdline(pid_t pid, size_t *bytes) {
    char *text = NULL;
    int fd = open_of(pid, "cmdline");
    ssize_t n = 1;
    *bytes = 0;
    while (fd >= 0 && n > 0 && *bytes < CMDLINE_MAX) {
        char *grown = realloc(text, *bytes + CMDLINE_STEP + 1);
        if (!grown)
            break;
        text = grown;
        n = read(fd, text + *bytes, CMDLINE_STEP);
        *bytes += n > 0 ? (size_t)n : 0;
        text[*bytes] = '\0';
    }
    if (fd >= 0)
        close(fd);
    /* A program that writes a title over its arguments leaves the rest of them empty. */
    while (*bytes > 2 && !text[*bytes - 1] && !text[*bytes - 2] && !text[*bytes - 3])
        --*bytes;
    return text;
}

uint64_t process_max_rss(pid_t pid) {
    char value[64];
    return proc_status_line(pid, "VmHWM", value, sizeof value) ? strtoull(value, NULL, 10) * 1024
                                                               : 0;
}

/* CPU time and uptime, from /proc/PID/stat. */
static void read_times(struct process_info *p, pid_t pid) {
    char text[1024];
    unsigned long long user, system, start;
    struct timespec now;
    int fd = open_of(pid, "stat");
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return;
    text[n] = '\0';
    const char *end = strrchr(text, ')'); /* the command, before, may hold anything */
    if (!end ||
        sscanf(end + 1,
               " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu %llu %*s %*s %*s %*s %u %*s %llu",
               &user, &system, &p->threads, &start) != 4)
        return;
    double tick = (double)sysconf(_SC_CLK_TCK);
    clock_gettime(CLOCK_BOOTTIME, &now);
    p->cpu_s = (double)(user + system) / tick;
    p->uptime_s = (double)now.tv_sec + (double)now.tv_nsec / 1e9 - (double)start / tick;
    if (p->uptime_s < 0)
        p->uptime_s = 0;
}

static void read_memory(struct process_info *p, pid_t pid) {
    char value[64];
    if (proc_status_line(pid, "VmRSS", value, sizeof value))
        p->rss_bytes = strtoull(value, NULL, 10) * 1024;
    p->max_rss_bytes = process_max_rss(pid);
}

/* Users are looked up once as long as the same one is asked for: a page may list a thousand of his
 * processes. */
static void name_user(uid_t uid, char *name, size_t room) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static bool known;
    static uid_t last;
    static char last_name[64];
    pthread_mutex_lock(&lock);
    if (!known || last != uid) {
        char buffer[4096];
        struct passwd entry, *found = NULL;
        if (getpwuid_r(uid, &entry, buffer, sizeof buffer, &found) == 0 && found)
            snprintf(last_name, sizeof last_name, "%s", found->pw_name);
        else
            snprintf(last_name, sizeof last_name, "%u", (unsigned)uid);
        known = true;
        last = uid;
    }
    snprintf(name, room, "%s", last_name);
    pthread_mutex_unlock(&lock);
}

static void read_user(struct process_info *p, pid_t pid) {
    char value[64];
    if (!proc_status_line(pid, "Uid", value, sizeof value))
        return;
    p->uid = (uid_t)strtoul(value, NULL, 10);
    name_user(p->uid, p->user, sizeof p->user);
}

void process_info_read(struct process_info *p, pid_t pid) {
    *p = (struct process_info){0};
    p->cmdline = process_cmdline(pid, &p->cmdline_bytes);
    read_user(p, pid);
    read_times(p, pid);
    read_memory(p, pid);
}

void process_info_release(struct process_info *p) {
    free(p->cmdline);
    *p = (struct process_info){0};
}

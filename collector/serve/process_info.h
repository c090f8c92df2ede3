/* What /proc tells people about a process.
 *
 * Any thread. Not async-signal-safe. */
#ifndef CPPROF_COLLECTOR_SERVE_PROCESS_INFO_H
#define CPPROF_COLLECTOR_SERVE_PROCESS_INFO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct process_info {
    char *cmdline; /* its arguments, each with a NUL behind; owned; NULL when unknown */
    size_t cmdline_bytes;
    uid_t uid;
    char user[64]; /* the name of that, or its number */
    double uptime_s, cpu_s;
    uint64_t rss_bytes, max_rss_bytes;
    unsigned threads;
};

/* Reads what there is; what cannot be read is empty or 0. Release it. */
void process_info_read(struct process_info *p, pid_t pid);
void process_info_release(struct process_info *p);

/* The most memory that a process has ever had resident, bytes; 0: not known. */
uint64_t process_max_rss(pid_t pid);

/* Its arguments, each with a NUL behind, at most 1 MiB; malloc'ed, NULL when unknown. */
char *process_cmdline(pid_t pid, size_t *bytes);

#endif

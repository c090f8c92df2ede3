/* Small files of /proc, each read once into a buffer that is large enough for what is wanted. */
#include "collector/threads/proc_thread.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arena/threads_record.h"
#include "collector/threads/syscall_waits.h"

/* The beginning of a file as a string; false when it cannot be read or is empty. */
static bool read_text(const char *path, char *text, size_t bytes) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, text, bytes - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    return n > 0;
}

static bool read_task(pid_t pid, pid_t tid, const char *what, char *text, size_t bytes) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/%s", (int)pid, (int)tid, what);
    return read_text(path, text, bytes);
}

static void read_wait(struct proc_thread *t, const char *text) {
    long nr;
    unsigned long long first;
    if (sscanf(text, "%ld 0x%llx", &nr, &first) != 2) /* "running", or not in a call */
        return;
    t->wait = syscall_wait(nr);
    t->restarted = nr == SYS_restart_syscall;
    if (nr == SYS_futex)
        t->object = first;
}

void proc_thread_read(struct proc_thread *t, pid_t pid, pid_t tid) {
    char text[512];
    *t = (struct proc_thread){.tid = tid, .state = '?'};
    if (read_task(pid, tid, "comm", text, sizeof t->name)) {
        text[strcspn(text, "\n")] = '\0';
        snprintf(t->name, sizeof t->name, "%.*s", (int)sizeof t->name - 1, text);
    }
    const char *p = NULL;
    if (read_task(pid, tid, "stat", text, sizeof text))
        p = strrchr(text, ')'); /* the command, before, may hold anything */
    if (p && p[1] == ' ' && p[2])
        t->state = p[2];
    /* A thread in a call that runs waits for nothing. */
    if ((t->state == 'S' || t->state == 'D') && read_task(pid, tid, "syscall", text, sizeof text))
        read_wait(t, text);
}

const char *proc_state_word(char state, enum arena_wait wait) {
    const struct threads_entry e = {.state = state, .wait = wait};
    return threads_entry_state(&e);
}

bool proc_status_line(pid_t pid, const char *key, char *value, size_t bytes) {
    char path[64], text[4096];
    size_t n = strlen(key);
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    if (!read_text(path, text, sizeof text))
        return false;
    for (char *line = text, *end; line; line = end ? end + 1 : NULL) {
        end = strchr(line, '\n');
        if (strncmp(line, key, n) != 0 || line[n] != ':')
            continue;
        line += n + 1;
        line += strspn(line, " \t");
        snprintf(value, bytes, "%.*s", (int)strcspn(line, "\n"), line);
        return true;
    }
    return false;
}

char proc_state(pid_t pid) {
    char value[64];
    return proc_status_line(pid, "State", value, sizeof value) ? value[0] : '?';
}

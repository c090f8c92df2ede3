/* Who may be asked, and the signal itself.
 *
 * The process is held by a descriptor before it is looked at: whoever gets its number after its end
 * is never signalled, however long a question takes. */
#include "collector/agent_request.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "collector/process.h"
#include "collector/threads/proc_thread.h"

static int check_owner(const struct arena_file *f, const char **why) {
    char value[128];
    struct stat st;
    int fd = arena_file_open(f, "", &st, why);
    *why = "has ended";
    if (fd < 0)
        return -ESRCH;
    close(fd);
    if (!process_lives(f->pid, f->start_ticks) ||
        !proc_status_line(f->pid, "Uid", value, sizeof value))
        return -ESRCH;
    *why = "does not belong to the owner of its arena";
    return strtoul(value, NULL, 10) == st.st_uid ? 0 : -EPERM;
}

static int check_handler(const struct arena_file *f, int signo, const char **why) {
    char value[128];
    *why = "does not take requests: CPROF_SIGNAL is 0, or the program has taken the signal";
    if (signo <= 0 || signo >= NSIG || signo == SIGKILL || signo == SIGSTOP ||
        !proc_status_line(f->pid, "SigCgt", value, sizeof value))
        return -ENOTSUP;
    uint64_t caught = strtoull(value, NULL, 16);
    return caught >> (signo - 1) & 1 ? 0 : -ENOTSUP;
}

int agent_request_awake(const struct agent_request *q, const char **why) {
    *why = "has ended";
    if (!process_lives(q->file->pid, q->file->start_ticks))
        return -ESRCH;
    char state = proc_state(q->file->pid);
    *why = "is stopped and cannot answer";
    return state == 'T' || state == 't' ? -EAGAIN : 0;
}

int agent_request_init(struct agent_request *q, const struct arena_file *f,
                       const struct arena_header *h, const char **why) {
    *q = (struct agent_request){.file = f, .signo = (int)h->request_signo};
    q->pid_fd = (int)syscall(SYS_pidfd_open, f->pid, 0);
    int err = check_owner(f, why);
    if (err)
        return err;
    *why = "is in a seccomp sandbox and cannot answer";
    if (h->counters[ARENA_SANDBOXED])
        return -EAGAIN;
    err = check_handler(f, q->signo, why);
    return err ? err : agent_request_awake(q, why);
}

void agent_request_release(struct agent_request *q) {
    if (q->pid_fd >= 0)
        close(q->pid_fd);
    q->pid_fd = -1;
}

/* As sigqueue does it. */
static int send(const struct agent_request *q, uint64_t value) {
    const union sigval v = {.sival_ptr = (void *)(uintptr_t)value};
    siginfo_t si;
    if (q->pid_fd < 0)
        return sigqueue(q->file->pid, q->signo, v);
    memset(&si, 0, sizeof si);
    si.si_signo = q->signo;
    si.si_code = SI_QUEUE;
    si.si_pid = getpid();
    si.si_uid = getuid();
    si.si_value = v;
    return (int)syscall(SYS_pidfd_send_signal, q->pid_fd, q->signo, &si, 0);
}

int agent_request_send(const struct agent_request *q, uint64_t value, const char **why) {
    if (send(q, value) == 0 || errno == EAGAIN)
        return 0;
    *why = errno == ESRCH ? "has ended" : "may not be signalled by this user";
    return -errno;
}

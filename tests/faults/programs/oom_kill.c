/* oom_kill PID: what the kernel's OOM killer does to a process, and what those in user space do
 * (systemd-oomd, lmkd): SIGKILL, and then its memory is taken away before it is gone, by
 * process_mrelease. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_process_mrelease
#define SYS_process_mrelease 448
#endif

int main(int argc, char **argv) {
    int fd = argc == 2 ? (int)syscall(SYS_pidfd_open, atoi(argv[1]), 0) : -1;
    if (fd < 0 || syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) != 0) {
        perror("oom_kill");
        return 1;
    }
    if (syscall(SYS_process_mrelease, fd, 0) != 0 && errno != ESRCH && errno != EINVAL) {
        perror("process_mrelease");
        return 1;
    }
    return 0;
}

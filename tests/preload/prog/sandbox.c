/* sandbox MODE HOW: enters seccomp by prctl, by syscall(SYS_seccomp) or syscall(SYS_prctl), and
 * works on. Modes:
 *
 *   strict  read, write, exit and sigreturn alone
 *   eperm   a filter that refuses whatever a program under test does not need
 *   kill    a filter that kills for it
 *   tight   kills for all but write and the exits: not even the return from a signal
 *   fork    as kill, and forks inside
 *   probe   asks for each in a way that fails, as libraries do to see what there is, and stays out
 *
 * `late` as third word: the thread allocates for the first time inside. */
#include "prog.h"

#include <stddef.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#define ALLOW(nr)                                                                                  \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static void enter(const char *how, unsigned operation, unsigned mode, void *program) {
    long r;
    if (strcmp(how, "prctl") == 0)
        r = prctl(PR_SET_SECCOMP, mode, program);
    else if (strcmp(how, "syscall-prctl") == 0)
        r = syscall(SYS_prctl, PR_SET_SECCOMP, mode, program, 0, 0);
    else
        r = syscall(SYS_seccomp, operation, 0, program);
    CHECK(r == 0);
}

static void filter(const char *how, const char *mode) {
    int tight = strcmp(mode, "tight") == 0;
    unsigned other =
        strcmp(mode, "eperm") == 0 ? SECCOMP_RET_ERRNO | EPERM : SECCOMP_RET_KILL_PROCESS;
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        ALLOW(SYS_write),
        ALLOW(SYS_exit),
        ALLOW(SYS_exit_group),
        BPF_STMT(BPF_JMP | BPF_JA, tight ? 22 : 0),
        ALLOW(SYS_rt_sigreturn),
        ALLOW(SYS_brk),
        ALLOW(SYS_mmap),
        ALLOW(SYS_munmap),
        ALLOW(SYS_mprotect),
        ALLOW(SYS_futex),
        ALLOW(SYS_madvise),
        ALLOW(strcmp(mode, "fork") == 0 ? SYS_clone : SYS_write),
        ALLOW(strcmp(mode, "fork") == 0 ? SYS_set_robust_list : SYS_write),
        ALLOW(strcmp(mode, "fork") == 0 ? SYS_rt_sigprocmask : SYS_write),
        ALLOW(strcmp(mode, "fork") == 0 ? SYS_wait4 : SYS_write),
        BPF_STMT(BPF_RET | BPF_K, other),
    };
    struct sock_fprog p = {sizeof program / sizeof program[0], program};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    enter(how, SECCOMP_SET_MODE_FILTER, SECCOMP_MODE_FILTER, &p);
}

/* CPU time without a system call: the vdso has no thread clock. */
static void spin(void) {
    static volatile uint64_t sink;
    for (int i = 0; i < 50000000; i++)
        sink = sink * 2862933555777941757u + 3037000493u;
}

static int probe(void) {
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) == -1);
    CHECK(errno == EFAULT || errno == EACCES);
    CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 1, NULL) == -1 && errno == EINVAL);
    CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, -1, NULL) == -1 && errno == EINVAL);
    burn_ms(100);
    churn(2000);
    printf("outside\n");
    return 0;
}

int main(int argc, char **argv) {
    if (strcmp(argv[1], "probe") == 0)
        return probe();
    int strict = strcmp(argv[1], "strict") == 0;
    if (argc == 3)
        churn(500);
    if (strict)
        enter(argv[2], SECCOMP_SET_MODE_STRICT, SECCOMP_MODE_STRICT, NULL);
    else
        filter(argv[2], argv[1]);
    for (int i = 0; i < 50; i++)
        free(malloc(100 + (size_t)i * 20));
    spin();
    for (int i = 0; i < 50; i++)
        free(malloc(100 + (size_t)i * 20));
    if (strcmp(argv[1], "fork") == 0) {
        int status;
        pid_t pid = fork();
        for (int i = 0; i < 50; i++)
            free(malloc(100 + (size_t)i * 20));
        if (pid == 0)
            _exit(0);
        if (wait4(pid, &status, 0, NULL) != pid || status != 0)
            _exit(3);
    }
    if (write(1, "inside\n", 7) != 7)
        return 2;
    if (strict)
        syscall(SYS_exit, 0); /* exit_group is not allowed */
    _exit(0);
}

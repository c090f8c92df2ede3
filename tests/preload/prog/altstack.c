/* altstack BYTES WHAT: a thread with a small alternate stack (0: the least that the system allows)
 * between two areas that nobody may write to, while it is sampled at a high rate.
 *
 *   idle     no handler ever runs on it
 *   handler  a handler spins on it
 *   signals  a handler spins on it, and dump signals come from outside meanwhile
 *   fault    a handler for SIGSEGV jumps out of it, again and again */
#include "prog.h"

#include <setjmp.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

enum { GUARD = 65536 };

static volatile sig_atomic_t ran;
static sigjmp_buf jump;

static void on_signal(int signo) {
    static volatile uint64_t sink;
    for (int i = 0; i < 20000000; i++)
        sink = sink * 2862933555777941757u + 3037000493u;
    ran++;
}

static void on_fault(int signo) {
    ran++;
    siglongjmp(jump, 1);
}

static int untouched(const unsigned char *area) {
    for (int i = 0; i < GUARD; i++)
        if (area[i] != 0x5a)
            return 0;
    return 1;
}

int main(int argc, char **argv) {
    size_t size = (size_t)atol(argv[1]), least = getauxval(AT_MINSIGSTKSZ);
    const char *what = argv[2];
    if (least < 2048)
        least = 2048;
    if (size < least)
        size = least;
    unsigned char *area =
        mmap(NULL, 2 * GUARD + 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(area != MAP_FAILED);
    memset(area, 0x5a, GUARD);
    memset(area + GUARD + size, 0x5a, GUARD);
    stack_t ss = {.ss_sp = area + GUARD, .ss_size = size};
    CHECK(sigaltstack(&ss, NULL) == 0);
    struct sigaction act = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
    CHECK(sigaction(SIGUSR1, &act, NULL) == 0);
    pid_t sender = strcmp(what, "signals") == 0 ? send_from_outside(SIGUSR2, 5, 10) : 0;
    if (strcmp(what, "idle") == 0) {
        burn_ms(100);
    } else if (strcmp(what, "fault") == 0) {
        act.sa_handler = on_fault;
        act.sa_flags |= SA_NODEFER;
        CHECK(sigaction(SIGSEGV, &act, NULL) == 0);
        while (ran < 20000)
            if (sigsetjmp(jump, 1) == 0)
                *(volatile int *)8 = 1;
    } else {
        for (int i = 0; i < 3; i++)
            raise(SIGUSR1);
    }
    if (sender)
        CHECK(status_of(sender) == 0);
    printf("handler ran %s\n", ran ? "yes" : "no");
    printf("below %s, above %s\n", untouched(area) ? "untouched" : "WRITTEN",
           untouched(area + GUARD + size) ? "untouched" : "WRITTEN");
    return 0;
}

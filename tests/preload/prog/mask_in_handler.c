/* Masks that are read, set and put back in handlers, where the kernel changes them by itself. What
 * the agent cannot know, because no function is called, is not tested: a jump out of a handler, or
 * the end of one that blocked signals, takes back what it believed blocked (docs/DESIGN.md). */
#include "prog.h"

static sigset_t all;
static int quiet;

static void show(const char *what) {
    sigset_t set = mask_now();
    print_set(what, &set);
}

/* As a library does around a critical section: block, and put back what was. */
static void on_save_and_restore(int signo) {
    sigset_t old;
    if (!quiet)
        show(" in a handler");
    sigprocmask(SIG_BLOCK, &all, &old);
    sigprocmask(SIG_SETMASK, &old, NULL);
}

static void with_handler(const char *what, void (*handler)(int), int fill, int flags) {
    struct sigaction act = {.sa_handler = handler, .sa_flags = flags};
    if (fill)
        sigfillset(&act.sa_mask);
    CHECK(sigaction(SIGUSR1, &act, NULL) == 0);
    quiet = flags & SA_ONSTACK; /* there the mask has what keeps ticks off a small stack */
    raise(SIGUSR1);
    show(what);
}

int main(void) {
    static char alt[65536];
    stack_t ss = {.ss_sp = alt, .ss_size = sizeof alt};
    sigfillset(&all);
    sigaltstack(&ss, NULL);
    with_handler("a handler with an empty mask", on_save_and_restore, 0, 0);
    with_handler("a handler with a full mask", on_save_and_restore, 1, 0);
    with_handler("a handler on the alternate stack", on_save_and_restore, 0, SA_ONSTACK);
    return 0;
}

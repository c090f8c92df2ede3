/* Workers that block every signal, as servers do: each sees the mask that it set, through every
 * function that shows one, and is sampled all the same. */
#include "prog.h"

static void *work(void *arg) {
    sigset_t all, old, now;
    pthread_setname_np(pthread_self(), "masked");
    sigfillset(&all);
    CHECK(pthread_sigmask(SIG_BLOCK, &all, &old) == 0);
    print_set("inherited", &old);
    burn_ms(200);
    now = mask_now();
    print_set("after SIG_BLOCK of all", &now);
    sigset_t some;
    sigemptyset(&some);
    sigaddset(&some, SIGPROF);
    CHECK(pthread_sigmask(SIG_UNBLOCK, &some, &old) == 0);
    print_set("before SIG_UNBLOCK", &old);
    now = mask_now();
    print_set("after SIG_UNBLOCK", &now);
    CHECK(sigprocmask(SIG_SETMASK, &some, &old) == 0);
    CHECK(sigprocmask(SIG_SETMASK, &all, &old) == 0);
    print_set("before SIG_SETMASK", &old);
    burn_ms(50);
    now = mask_now();
    print_set("after SIG_SETMASK", &now);
    return NULL;
}

int main(void) {
    pthread_t t;
    sigset_t one, set;
    for (int i = 0; i < 2; i++) {
        CHECK(pthread_create(&t, NULL, work, NULL) == 0);
        CHECK(pthread_join(t, NULL) == 0);
    }
    sigemptyset(&one);
    sigaddset(&one, SIGUSR2);
    sigaddset(&one, SIGPROF);
    CHECK(sigprocmask(SIG_BLOCK, &one, NULL) == 0);
    CHECK(pthread_create(&t, NULL, work, NULL) == 0);
    CHECK(pthread_join(t, NULL) == 0);
    set = mask_now();
    print_set("main", &set);
    /* Blocked, ours or not, a signal to oneself waits. */
    kill(getpid(), SIGUSR2);
    kill(getpid(), SIGPROF);
    burn_ms(20);
    sigpending(&set);
    print_set("pending", &set);
    fflush(stdout);
    CHECK(sigprocmask(SIG_UNBLOCK, &one, NULL) == 0);
    printf("not reached\n");
    return 0;
}

/* Threads whose mask comes from their attributes, not from who made them. */
#include "prog.h"

static void *show(void *what) {
    sigset_t set = mask_now();
    print_set(what, &set);
    return NULL;
}

static void with_mask(const sigset_t *set, char *what) {
    pthread_attr_t attr;
    pthread_t t;
    pthread_attr_init(&attr);
    pthread_attr_setsigmask_np(&attr, set);
    CHECK(pthread_create(&t, &attr, show, what) == 0);
    pthread_join(t, NULL);
    pthread_attr_destroy(&attr);
}

int main(void) {
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    with_mask(&all, "full, from an empty mask");
    CHECK(sigprocmask(SIG_SETMASK, &all, NULL) == 0);
    with_mask(&none, "empty, from a full mask");
    with_mask(&all, "full, from a full mask");
    return 0;
}

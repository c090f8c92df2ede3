// Six threads that each wait in a way of their own, of which two wait for each other.
//   bank [abort]    prints "ready" when all are where they stay; then, if asked to, aborts
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

namespace bank {

struct account {
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
};
static account first, second;
static pthread_barrier_t both_hold_one;

static inline __attribute__((always_inline)) void transfer(account *from, account *to) {
    pthread_mutex_lock(&from->lock);
    pthread_barrier_wait(&both_hold_one);
    pthread_mutex_lock(&to->lock);
}

template <class T> struct teller {
    T number;
    __attribute__((noinline)) void work() {
        if (number)
            transfer(&first, &second);
        else
            transfer(&second, &first);
        asm volatile("" ::: "memory"); // no tail call
    }
};

} // namespace bank

static volatile unsigned long spins;

static void *teller_one(void *) {
    pthread_setname_np(pthread_self(), "one");
    bank::teller<int>{1}.work();
    return nullptr;
}

static void *teller_two(void *) {
    pthread_setname_np(pthread_self(), "t\"wo\"");
    bank::teller<int>{0}.work();
    return nullptr;
}

static void *wait_in_poll(void *) {
    pthread_setname_np(pthread_self(), "poller");
    for (;;)
        poll(nullptr, 0, -1);
}

static void *wait_in_read(void *) {
    int ends[2];
    char c;
    pthread_setname_np(pthread_self(), "reader");
    if (pipe(ends) != 0)
        abort();
    for (;;)
        if (read(ends[0], &c, 1) < 0)
            abort();
}

static void *spin(void *) {
    pthread_setname_np(pthread_self(), "spinner");
    for (;;)
        spins = spins + 1;
}

static void start(void *(*run)(void *)) {
    pthread_t thread;
    if (pthread_create(&thread, nullptr, run, nullptr) != 0)
        abort();
}

int main(int argc, char **argv) {
    pthread_barrier_init(&bank::both_hold_one, nullptr, 2);
    start(teller_one);
    start(teller_two);
    start(wait_in_poll);
    start(wait_in_read);
    start(spin);
    usleep(200000);
    puts("ready");
    fflush(stdout);
    if (argc > 1 && strcmp(argv[1], "abort") == 0)
        abort();
    for (;;)
        sleep(1000);
}

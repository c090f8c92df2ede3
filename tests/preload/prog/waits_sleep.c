/* waits_sleep: sleeping: for how long, what is left after a signal, what is refused. */
#include "waits.h"

static void say_rest(const char *what, const struct timespec *rest, int most_ms) {
    int64_t ns = rest->tv_sec * INT64_C(1000000000) + rest->tv_nsec;
    SAY("%s: %s", what,
        ns == 99000000099                                  ? "as it was"
        : ns > most_ms * NS_MS / 2 && ns < most_ms * NS_MS ? "what is left"
                                                           : "wrong");
}

static int until(clockid_t clock, int ms, struct timespec *rest) {
    struct timespec ts = in_ms(clock, ms);
    return clock_nanosleep(clock, TIMER_ABSTIME, &ts, rest);
}

static int relative(clockid_t clock, int ms, struct timespec *rest) {
    struct timespec ts = spec_ms(ms);
    return clock_nanosleep(clock, 0, &ts, rest);
}

static int nano(int ms, struct timespec *rest) {
    struct timespec ts = spec_ms(ms);
    return nanosleep(&ts, rest);
}

static void not_interrupted(void) {
    struct timespec rest = {99, 99};
    TAKES(1000, R(sleep(1)));
    AT_ONCE(R(sleep(0)));
    TAKES(30, R(usleep(30000)));
    AT_ONCE(R(usleep(0)));
    TAKES(30, R(nano(30, NULL)));
    TAKES(30, R(nano(30, &rest)));
    say_rest("rest", &rest, 30);
    AT_ONCE(R(nano(0, NULL)));
    clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI};
    for (int i = 0; i < 4; i++) {
        TAKES(30, E(relative(clocks[i], 30, &rest)));
        TAKES(30, E(until(clocks[i], 30, &rest)));
        AT_ONCE(E(until(clocks[i], -1000, &rest)));
    }
    say_rest("rest", &rest, 30);
    E(relative(CLOCK_THREAD_CPUTIME_ID, 30, NULL));
    E(relative(99, 30, NULL));
    E(relative(CLOCK_MONOTONIC_COARSE, 30, NULL));
    struct timespec bad[] = {{0, -1}, {0, 1000000000}, {-1, 0}};
    for (int i = 0; i < 3; i++) {
        R(nanosleep(&bad[i], &rest));
        E(clock_nanosleep(CLOCK_MONOTONIC, 0, &bad[i], &rest));
        E(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &bad[i], &rest));
    }
    say_rest("rest", &rest, 30);
}

static void interrupted(int flags) {
    struct timespec rest = {99, 99};
    handle(SIGALRM, flags);
    INTERRUPTED(R(sleep(10)));
    INTERRUPTED(R(usleep(900000)));
    INTERRUPTED(R(nano(5000, NULL)));
    INTERRUPTED(R(nano(5000, &rest)));
    say_rest("rest", &rest, 5000);
    rest = spec_ms(5000); /* one and the same */
    INTERRUPTED(R(nanosleep(&rest, &rest)));
    say_rest("rest", &rest, 5000);
    clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME};
    for (int i = 0; i < 3; i++) {
        rest = (struct timespec){99, 99};
        INTERRUPTED(E(relative(clocks[i], 5000, NULL)));
        INTERRUPTED(E(until(clocks[i], 5000, &rest)));
        say_rest("rest", &rest, 5000);
        INTERRUPTED(E(relative(clocks[i], 5000, &rest)));
        say_rest("rest", &rest, 5000);
        rest = spec_ms(5000);
        INTERRUPTED(E(clock_nanosleep(clocks[i], 0, &rest, &rest)));
        say_rest("rest", &rest, 5000);
    }
}

static void *deaf(void *sleeper) {
    sleep_ms(30);
    pthread_kill(*(pthread_t *)sleeper, SIGALRM);
    return NULL;
}

/* A signal that is ignored or blocked ends nothing. */
static void ignored(void) {
    pthread_t self = pthread_self(), t;
    sigset_t set;
    for (int how = 0; how < 2; how++) {
        if (how == 0) {
            signal(SIGALRM, SIG_IGN);
        } else {
            handle(SIGALRM, 0);
            sigemptyset(&set);
            sigaddset(&set, SIGALRM);
            pthread_sigmask(SIG_BLOCK, &set, NULL);
        }
        handled = 0;
        CHECK(pthread_create(&t, NULL, deaf, &self) == 0);
        TAKES(80, R(nano(80, NULL)));
        CHECK(pthread_join(t, NULL) == 0);
        CHECK(pthread_create(&t, NULL, deaf, &self) == 0);
        TAKES(80, R(usleep(80000)));
        CHECK(pthread_join(t, NULL) == 0);
        R(handled);
    }
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    R(handled);
}

int main(void) {
    not_interrupted();
    interrupted(0);
    interrupted(SA_RESTART);
    ignored();
    return 0;
}

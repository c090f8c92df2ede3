/* steady [ONCE]: something of every kind all the time, until SIGTERM: allocations, a lock that is
 * waited for, sleeps, threads that come and go, children. Says `ready` when all of it has begun,
 * and at its end what it has seen; exit status 0. With an argument it does each once, for a short
 * time, and says how it went: for runs without number. */
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>

#include "tests/preload/prog/prog.h"

static atomic_bool stop;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int interrupted;

static void on_term(int signo) {
    stop = true;
}

static void hold_and_wait(void) {
    struct timespec moment = {0, 200000};
    pthread_mutex_lock(&lock);
    /* SIGTERM itself may come here, where main has another signal to handle. */
    if (nanosleep(&moment, NULL) != 0 && !stop)
        interrupted++;
    pthread_mutex_unlock(&lock);
}

static void *nothing(void *arg) {
    churn(5);
    return arg;
}

static void thread_once(void) {
    pthread_t t;
    void *result = NULL;
    CHECK(pthread_create(&t, NULL, nothing, &stop) == 0);
    CHECK(pthread_join(t, &result) == 0 && result == &stop);
}

static void child_once(void) {
    pid_t pid = fork();
    if (pid == 0) {
        churn(20);
        _exit(3);
    }
    CHECK(pid > 0 && status_of(pid) == 3);
}

static void *locks(void *arg) {
    do
        hold_and_wait();
    while (!stop);
    return NULL;
}

static void *works(void *arg) {
    do {
        churn(20);
        thread_once();
        burn_ms(1);
        sleep_ms(1);
    } while (!stop);
    return NULL;
}

static void with_threads(void (*meanwhile)(void)) {
    pthread_t t[3];
    CHECK(pthread_create(&t[0], NULL, locks, NULL) == 0);
    CHECK(pthread_create(&t[1], NULL, locks, NULL) == 0);
    CHECK(pthread_create(&t[2], NULL, works, NULL) == 0);
    meanwhile();
    for (int i = 0; i < 3; i++)
        CHECK(pthread_join(t[i], NULL) == 0);
}

static void until_stopped(void) {
    sleep_ms(20);
    puts("ready");
    fflush(stdout);
    while (!stop) {
        child_once();
        sleep_ms(20);
    }
}

/* Whether a signal has a handler in a process, whatever the program was told. */
static bool is_caught(pid_t pid, int signo) {
    char path[64], line[256];
    unsigned long caught = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f))
        sscanf(line, "SigCgt: %lx", &caught);
    if (f)
        fclose(f);
    return caught >> (signo - 1) & 1;
}

/* The dump signal comes from outside, as it does in life; without the agent, also where that could
 * not start, it would be the end. */
static void ask_for_a_dump(void) {
    pid_t target = getpid(), pid = fork();
    if (pid == 0) {
        if (is_caught(target, SIGUSR2))
            kill(target, SIGUSR2);
        _exit(0);
    }
    CHECK(status_of(pid) == 0);
}

static void one_of_each(void) {
    void *l = dlopen("libm.so.6", RTLD_NOW);
    CHECK(l && dlclose(l) == 0);
    ask_for_a_dump();
    child_once();
    thread_once();
    burn_ms(3);
    stop = true;
}

int main(int argc, char **argv) {
    struct sigaction act = {.sa_handler = on_term, .sa_flags = SA_RESTART};
    CHECK(sigaction(SIGTERM, &act, NULL) == 0);
    with_threads(argc > 1 ? one_of_each : until_stopped);
    printf("done, interrupted %d\n", (int)interrupted);
    return 0;
}

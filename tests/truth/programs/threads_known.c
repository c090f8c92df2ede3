/* threads_known: a thousand threads, a hundred in each of ten waits, and two that run; made at
 * known places. Prints `state WORD N SITE` for each, `made SITE N` for who made them, then `ready
 * PID`, and ends when a line comes on stdin, for which main waits in read. */
#include "tests/truth/programs/waits.h"

#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <threads.h>

enum { EACH = 100, RUNNING = 2 };

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER, cm = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t sem;
static int ends[2];
static uint32_t word;
static sigset_t usr1;

SITE site_in_mutex(void) {
    pthread_mutex_lock(&m);
    STAY;
}
SITE site_in_rwlock(void) {
    pthread_rwlock_rdlock(&rw);
    STAY;
}
SITE site_in_cond(void) {
    pthread_mutex_lock(&cm);
    pthread_cond_wait(&cond, &cm);
    STAY;
}
SITE site_in_semaphore(void) {
    sem_wait(&sem);
    STAY;
}
SITE site_in_barrier(void) {
    pthread_barrier_wait(&barrier);
    STAY;
}
SITE site_in_read(void) {
    char c;
    if (read(ends[0], &c, 1) < 0)
        abort();
}
SITE site_in_poll(void) {
    struct pollfd p = {ends[0], POLLIN, 0};
    poll(&p, 1, -1);
    STAY;
}
SITE site_in_sleep(void) {
    sleep(3600);
    STAY;
}
SITE site_in_futex(void) {
    syscall(SYS_futex, &word, 0, 0, NULL, NULL, 0);
    STAY;
}
SITE site_in_signal(void) {
    int signo;
    sigwait(&usr1, &signo);
    STAY;
}
SITE site_running(void) {
    for (;;)
        STAY;
}

static const struct {
    const char *word;
    void (*fn)(void);
} states[] = {
    {"mutex", site_in_mutex},         {"rwlock", site_in_rwlock},   {"cond", site_in_cond},
    {"semaphore", site_in_semaphore}, {"barrier", site_in_barrier}, {"read", site_in_read},
    {"poll", site_in_poll},           {"sleep", site_in_sleep},     {"futex", site_in_futex},
    {"signal", site_in_signal},       {"running", site_running}};
enum { STATES = sizeof states / sizeof *states };

static _Atomic pid_t tids[STATES * EACH];

static void *thread(void *number) {
    intptr_t i = (intptr_t)number;
    prctl(PR_SET_NAME, states[i / EACH].word);
    atomic_store(&tids[i], (pid_t)syscall(SYS_gettid));
    states[i / EACH].fn();
    return NULL;
}

static int c11_thread(void *number) {
    thread(number);
    return 0;
}

static pthread_attr_t small;

SITE site_makes_even(intptr_t i) {
    pthread_t t;
    NEED(pthread_create(&t, &small, thread, (void *)i) == 0);
}
SITE site_makes_odd(intptr_t i) {
    pthread_t t;
    NEED(pthread_create(&t, &small, thread, (void *)i) == 0);
}
SITE site_makes_c11(intptr_t i) {
    thrd_t t;
    NEED(thrd_create(&t, c11_thread, (void *)i) == thrd_success);
}

int main(void) {
    int even = 0, odd = 0, c11 = 0;
    char line[16];
    NEED(pipe(ends) == 0 && sem_init(&sem, 0, 0) == 0);
    NEED(pthread_barrier_init(&barrier, NULL, EACH + 1) == 0);
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, NULL);
    pthread_mutex_lock(&m);
    pthread_rwlock_wrlock(&rw);
    for (intptr_t i = 0; i < (STATES - 1) * EACH + RUNNING; i++) {
        if (i % 10 == 9) {
            site_makes_c11(i);
            c11++;
        } else if (i % 2) {
            site_makes_odd(i);
            odd++;
        } else {
            site_makes_even(i);
            even++;
        }
    }
    for (int i = 0; i < (STATES - 1) * EACH; i++)
        until_sleeps(&tids[i]);
    for (int i = 0; i < STATES; i++)
        printf("state %s %d site_%s%s\n", states[i].word, i < STATES - 1 ? EACH : RUNNING,
               i < STATES - 1 ? "in_" : "", states[i].word);
    printf("made site_makes_even %d\nmade site_makes_odd %d\nmade site_makes_c11 %d\n", even, odd,
           c11);
    printf("ready %d\n", (int)getpid());
    fflush(stdout);
    _exit(read(0, line, sizeof line) < 0);
}

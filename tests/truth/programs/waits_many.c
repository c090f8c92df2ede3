/* waits_many lock|sleep EVENTS: many short waits, of which a sample is enough to know their number
 * and time.
 *
 * lock: pairs of threads with a mutex each. The holder lets go when the kernel has the other one
 * waiting, which libc's mutex says with the value 2; so each lock is a wait. */
#include "tests/truth/programs/waits.h"

#include <sys/prctl.h>

enum { PAIRS = 2, SLEEPERS = 8 };

static _Atomic int64_t total_ns;
static int events;

struct pair {
    pthread_mutex_t m;
    _Atomic int held, done;
};

SITE site_many(pthread_mutex_t *m, int64_t *ns) {
    int64_t start = now_ns();
    pthread_mutex_lock(m);
    *ns += now_ns() - start;
}

SITE site_many_release(pthread_mutex_t *m) {
    pthread_mutex_unlock(m);
    STAY;
}

static void *waits(void *p) {
    struct pair *x = p;
    int64_t ns = 0;
    for (int i = 1; i <= events / PAIRS; i++) {
        while (x->held < i)
            sched_yield();
        site_many(&x->m, &ns);
        pthread_mutex_unlock(&x->m);
        x->done = i;
    }
    total_ns += ns;
    return NULL;
}

static void *holds(void *p) {
    struct pair *x = p;
    volatile int *word = &x->m.__data.__lock;
    for (int i = 1; i <= events / PAIRS; i++) {
        pthread_mutex_lock(&x->m);
        x->held = i;
        while (*word != 2)
            sched_yield();
        /* the time differs from one to the next */
        for (int64_t end = now_ns() + 2000 + i * INT64_C(2654435761) % 20000; now_ns() < end;)
            ;
        site_many_release(&x->m);
        while (x->done < i)
            sched_yield();
    }
    return NULL;
}

SITE site_sleep(int64_t *ns, int i) {
    struct timespec ts = {0, 10000 + i * INT64_C(2654435761) % 80000};
    int64_t start = now_ns();
    nanosleep(&ts, NULL);
    *ns += now_ns() - start;
}

static void *sleeps_often(void *unused) {
    int64_t ns = 0;
    prctl(PR_SET_TIMERSLACK, 1);
    for (int i = 0; i < events / SLEEPERS; i++)
        site_sleep(&ns, i);
    total_ns += ns;
    return NULL;
}

int main(int argc, char **argv) {
    static struct pair pairs[PAIRS];
    pthread_t t[2 * PAIRS + SLEEPERS];
    int n = 0, locks = argc > 1 && strcmp(argv[1], "lock") == 0;
    if (argc != 3)
        return 2;
    events = atoi(argv[2]);
    printf("pid %d\n", (int)getpid());
    for (int i = 0; locks && i < PAIRS; i++) {
        NEED(pthread_create(&t[n++], NULL, waits, &pairs[i]) == 0);
        NEED(pthread_create(&t[n++], NULL, holds, &pairs[i]) == 0);
    }
    for (int i = 0; !locks && i < SLEEPERS; i++)
        NEED(pthread_create(&t[n++], NULL, sleeps_often, NULL) == 0);
    for (int i = 0; i < n; i++)
        pthread_join(t[i], NULL);
    int of = locks ? PAIRS : SLEEPERS;
    printf("site %s %s %d %lld %d\n", locks ? "many" : "sleep", locks ? "mutex" : "sleep",
           events / of * of, (long long)total_ns, locks);
    return 0;
}

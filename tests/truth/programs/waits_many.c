/* waits_many lock EVENTS RATE, waits_many sleep EVENTS RATE THREADS: many short waits, of which a
 * sample is enough to know their number and time. Prints also, for what RATE keeps of them, which is
 * the highest of those that were in force,
 *
 *   sigma COUNT DELAY      the standard error of both estimates, as a share of the truth: a few
 * long waits on a busy machine make it larger
 *
 * lock: pairs of threads with a mutex each. The holder lets go when the kernel has the other one
 * waiting, which libc's mutex says with the value 2; so each lock is a wait. */
#include "tests/truth/programs/waits.h"

#include <math.h>
#include <sys/prctl.h>

enum { PAIRS = 2, SLEEPERS_MOST = 8 };

static int events, sleepers;
static double rate;

/* Of one thread, and of all. */
struct sums {
    double n, ns, count_variance, delay_variance;
};
static struct sums all;
static pthread_mutex_t all_lock = PTHREAD_MUTEX_INITIALIZER;

/* lock: 1 in `rate` is kept; sleep: with a chance of ns/rate. */
static void add(struct sums *s, bool lock, double ns) {
    s->n++;
    s->ns += ns;
    if (lock) {
        s->count_variance += rate - 1;
        s->delay_variance += (rate - 1) * ns * ns;
    } else if (ns < rate) {
        s->count_variance += rate / ns - 1;
        s->delay_variance += (rate - ns) * ns;
    }
}

static void add_to_all(const struct sums *s) {
    pthread_mutex_lock(&all_lock);
    all.n += s->n;
    all.ns += s->ns;
    all.count_variance += s->count_variance;
    all.delay_variance += s->delay_variance;
    pthread_mutex_unlock(&all_lock);
}

struct pair {
    pthread_mutex_t m;
    _Atomic int held, done;
};

SITE site_many(pthread_mutex_t *m, struct sums *s) {
    int64_t start = now_ns();
    pthread_mutex_lock(m);
    add(s, true, (double)(now_ns() - start));
}

SITE site_many_release(pthread_mutex_t *m) {
    pthread_mutex_unlock(m);
    STAY;
}

static void *waits(void *p) {
    struct pair *x = p;
    struct sums s = {0};
    for (int i = 1; i <= events / PAIRS; i++) {
        while (x->held < i)
            sched_yield();
        site_many(&x->m, &s);
        pthread_mutex_unlock(&x->m);
        x->done = i;
    }
    add_to_all(&s);
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
        for (int64_t end = now_ns() + 30000 + i * INT64_C(2654435761) % 90000; now_ns() < end;)
            ;
        site_many_release(&x->m);
        while (x->done < i)
            sched_yield();
    }
    return NULL;
}

SITE site_sleep(struct sums *s, int i) {
    struct timespec ts = {0, 10000 + i * INT64_C(2654435761) % 80000};
    int64_t start = now_ns();
    nanosleep(&ts, NULL);
    add(s, false, (double)(now_ns() - start));
}

static void *sleeps_often(void *unused) {
    struct sums s = {0};
    prctl(PR_SET_TIMERSLACK, 1);
    for (int i = 0; i < events / sleepers; i++)
        site_sleep(&s, i);
    add_to_all(&s);
    return NULL;
}

int main(int argc, char **argv) {
    static struct pair pairs[PAIRS];
    pthread_t t[2 * PAIRS + SLEEPERS_MOST];
    int n = 0, locks = argc > 1 && strcmp(argv[1], "lock") == 0;
    if (argc != (locks ? 4 : 5))
        return 2;
    events = atoi(argv[2]);
    rate = atof(argv[3]);
    sleepers = locks ? 0 : atoi(argv[4]);
    NEED(sleepers <= SLEEPERS_MOST);
    printf("pid %d\n", (int)getpid());
    for (int i = 0; locks && i < PAIRS; i++) {
        NEED(pthread_create(&t[n++], NULL, waits, &pairs[i]) == 0);
        NEED(pthread_create(&t[n++], NULL, holds, &pairs[i]) == 0);
    }
    for (int i = 0; i < sleepers; i++)
        NEED(pthread_create(&t[n++], NULL, sleeps_often, NULL) == 0);
    for (int i = 0; i < n; i++)
        pthread_join(t[i], NULL);
    printf("site %s %s %.0f %.0f %d\n", locks ? "many" : "sleep", locks ? "mutex" : "sleep", all.n,
           all.ns, locks);
    printf("sigma %.6f %.6f\n", sqrt(all.count_variance) / all.n,
           sqrt(all.delay_variance) / all.ns);
    return 0;
}

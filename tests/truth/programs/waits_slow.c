/* waits_slow: who holds a lock is charged for all who wait for it.
 *
 *   waits_slow holder ROUNDS    one slow holder, five waiters: they get the lock one after the
 * other, and give it back at once waits_slow turns ROUNDS     four threads that hold it for 5 ms
 * each, over and over waits_slow ball ROUNDS      two threads and two condition variables */
#include "tests/truth/programs/waits.h"

enum { WAITERS = 5, THREADS = 4, HOLD_NS = 5000000 };

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int rounds;
static _Atomic int round_no, through;
static _Atomic int64_t count, total_ns;

static void say(const char *name, const char *word, int lock) {
    printf("site %s %s %lld %lld %d\n", name, word, (long long)count, (long long)total_ns, lock);
}

/* ---- one slow holder */

static struct { _Atomic pid_t tid; } waiters[WAITERS];

SITE site_waiter(int i) {
    atomic_store(&waiters[i].tid, (pid_t)syscall(SYS_gettid));
    int64_t start = now_ns();
    pthread_mutex_lock(&m);
    int64_t took = now_ns() - start;
    atomic_store(&waiters[i].tid, 0);
    count++;
    total_ns += took;
}

SITE site_pass_on(void) {
    pthread_mutex_unlock(&m);
    STAY;
}

SITE site_waiter_release(void) {
    pthread_mutex_unlock(&m);
    STAY;
}

static void *waits(void *number) {
    for (int i = 1; i <= rounds; i++) {
        while (round_no < i)
            sched_yield();
        site_waiter((int)(intptr_t)number);
        site_pass_on();
        through++;
    }
    return NULL;
}

static void slow_holder(void) {
    pthread_t t[WAITERS];
    for (int i = 0; i < WAITERS; i++)
        NEED(pthread_create(&t[i], NULL, waits, (void *)(intptr_t)i) == 0);
    for (int i = 1; i <= rounds; i++) {
        pthread_mutex_lock(&m);
        round_no = i;
        for (int j = 0; j < WAITERS; j++)
            until_sleeps(&waiters[j].tid);
        pause_ns(4 * HOLD_NS);
        site_waiter_release();
        while (through < i * WAITERS)
            sched_yield();
    }
    for (int i = 0; i < WAITERS; i++)
        pthread_join(t[i], NULL);
    say("waiter", "mutex", 1);
}

/* ---- turns: a lock is contended when a try fails */

SITE site_turn(void) {
    if (pthread_mutex_trylock(&m) == 0)
        return;
    int64_t start = now_ns();
    pthread_mutex_lock(&m);
    total_ns += now_ns() - start;
    count++;
}

SITE site_turn_release(void) {
    pthread_mutex_unlock(&m);
    STAY;
}

static void *takes_turns(void *unused) {
    for (int i = 0; i < rounds; i++) {
        site_turn();
        pause_ns(HOLD_NS);
        site_turn_release();
        pause_ns(HOLD_NS / 5); /* outside, so that the next one has it by then */
    }
    return NULL;
}

static void turns(void) {
    pthread_t t[THREADS];
    for (int i = 0; i < THREADS; i++)
        NEED(pthread_create(&t[i], NULL, takes_turns, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(t[i], NULL);
    say("turn", "mutex", 1);
}

/* ---- ball */

static pthread_cond_t cond[2] = {PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER};
static int turn;

SITE site_ball(int me) {
    while (turn != me) {
        int64_t start = now_ns();
        pthread_cond_wait(&cond[me], &m);
        total_ns += now_ns() - start;
        count++;
    }
}

static void *plays(void *number) {
    int me = (int)(intptr_t)number;
    for (int i = 0; i < rounds; i++) {
        pthread_mutex_lock(&m);
        site_ball(me);
        pthread_mutex_unlock(&m);
        pause_ns(1000000);
        pthread_mutex_lock(&m);
        turn = !me;
        pthread_cond_signal(&cond[!me]);
        pthread_mutex_unlock(&m);
    }
    return NULL;
}

static void ball(void) {
    pthread_t t[2];
    for (int i = 0; i < 2; i++)
        NEED(pthread_create(&t[i], NULL, plays, (void *)(intptr_t)i) == 0);
    for (int i = 0; i < 2; i++)
        pthread_join(t[i], NULL);
    say("ball", "cond", 0);
}

int main(int argc, char **argv) {
    if (argc != 3)
        return 2;
    rounds = atoi(argv[2]);
    printf("pid %d\n", (int)getpid());
    if (strcmp(argv[1], "holder") == 0)
        slow_holder();
    else if (strcmp(argv[1], "turns") == 0)
        turns();
    else
        ball();
    return 0;
}

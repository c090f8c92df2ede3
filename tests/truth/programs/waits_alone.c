/* waits_alone ROUNDS MS: a process that never has a second thread, and waits for a lock that it
 * shares with another one. A free lock it takes as many times in between. */
#include "tests/truth/programs/waits.h"

#include <sys/mman.h>
#include <sys/wait.h>

static struct shared {
    pthread_mutex_t m;
    _Atomic int held; /* rounds in which the other process has taken it */
    _Atomic int done; /* rounds in which this one has */
} * s;

static int rounds = 20;
static int64_t hold_ns, total_ns;

static void hold(void) {
    for (int i = 1; i <= rounds; i++) {
        while (s->done < i - 1)
            sched_yield();
        pthread_mutex_lock(&s->m);
        s->held = i;
        pause_ns(hold_ns);
        pthread_mutex_unlock(&s->m);
    }
    _exit(0);
}

SITE site_alone(void) {
    int64_t start = now_ns();
    pthread_mutex_lock(&s->m);
    total_ns += now_ns() - start;
    STAY;
}

SITE site_free(void) {
    pthread_mutex_lock(&s->m);
    STAY;
}

int main(int argc, char **argv) {
    pthread_mutexattr_t a;
    if (argc > 1)
        rounds = atoi(argv[1]);
    hold_ns = (argc > 2 ? atoi(argv[2]) : 5) * INT64_C(1000000);
    s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    NEED(s != MAP_FAILED);
    pthread_mutexattr_init(&a);
    pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&s->m, &a);
    usleep(1000); /* the first wait of all takes longer: what the agent records in is made */
    pid_t other = fork();
    NEED(other >= 0);
    if (other == 0)
        hold();
    for (int i = 1; i <= rounds; i++) {
        while (s->held < i)
            sched_yield();
        site_alone();
        pthread_mutex_unlock(&s->m);
        site_free();
        pthread_mutex_unlock(&s->m);
        s->done = i;
    }
    waitpid(other, NULL, 0);
    printf("pid %d\n", (int)getpid());
    printf("site alone mutex %d %lld 0\n", rounds, (long long)total_ns);
    printf("site free mutex 0 0 0\n");
    return 0;
}

/* signal_storm MS: children send this process signals as fast as they can: its own, with handlers,
 * of which a real-time one is queued and so counts exactly; and, under the agent, all of those that
 * the agent holds. Threads compute and wait meanwhile, and know what must come out.
 *
 * Says what it has counted where that is certain; status 0. */
#include <stdatomic.h>
#include <sys/mman.h>

#include "tests/preload/prog/prog.h"

enum { SENDERS = 3 };

static atomic_int over;
static atomic_int usr1_seen;

/* What the kernel has accepted of all senders together, and what has come of it: no more than so
 * many are under way, for the queue is the user's, whose other programs need it, too. */
enum { UNDER_WAY = 64 };
static struct { atomic_long sent, seen; } * queued;

static void on_usr1(int signo) {
    usr1_seen = 1;
}

static void on_queued(int signo, siginfo_t *si, void *uc) {
    queued->seen++;
}

static void send_all(pid_t target, int own) {
    for (unsigned i = 0;; i++) {
        while (queued->sent - queued->seen >= UNDER_WAY && kill(target, 0) == 0)
            sleep_ms(1);
        if (sigqueue(target, SIGRTMIN + 1, (union sigval){.sival_int = 1}) == 0)
            queued->sent++;
        if (kill(target, SIGUSR1) != 0)
            _exit(0);
        if (!own) {
            kill(target, SIGUSR2);
            kill(target, SIGURG);
            kill(target, SIGWINCH);
            sigqueue(target, SIGURG,
                     (union sigval){.sival_ptr = (void *)(uintptr_t)(i * 2654435761u)});
        }
        /* Or the target gets to nothing else: where each sender has a CPU of its own, the next
         * signal is always there before the handler of the last one has returned. */
        if (i % 16 == 0)
            sleep_ms(1);
    }
}

static void *computes(void *arg) {
    uint64_t *sum = arg;
    while (!over) {
        unsigned char *p = malloc(1000);
        CHECK(p);
        memset(p, 7, 1000);
        for (int i = 0; i < 1000; i++)
            *sum += p[i];
        free(p);
        CHECK(*sum % 7000 == 0);
    }
    return NULL;
}

static void *waits(void *arg) {
    int ends[2];
    char c = 0;
    CHECK(pipe(ends) == 0);
    while (!over) {
        sleep_ms(1);
        CHECK(write(ends[1], "x", 1) == 1 && read(ends[0], &c, 1) == 1 && c == 'x');
    }
    return NULL;
}

int main(int argc, char **argv) {
    struct sigaction usr1 = {.sa_handler = on_usr1, .sa_flags = SA_RESTART},
                     real_time = {.sa_sigaction = on_queued, .sa_flags = SA_RESTART | SA_SIGINFO};
    pthread_t t[4];
    uint64_t sums[2] = {0};
    pid_t senders[SENDERS], target = getpid();
    queued = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(sigaction(SIGUSR1, &usr1, NULL) == 0 && sigaction(SIGRTMIN + 1, &real_time, NULL) == 0);
    for (int i = 0; i < SENDERS; i++)
        if ((senders[i] = fork()) == 0)
            send_all(target, !getenv("CPROF_DIR"));
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&t[i], NULL, i < 2 ? computes : waits, i < 2 ? &sums[i] : NULL) == 0);
    int64_t end = clock_ns(CLOCK_MONOTONIC) + atoi(argv[1]) * INT64_C(1000000);
    while (clock_ns(CLOCK_MONOTONIC) < end)
        sleep_ms(5);
    for (int i = 0; i < SENDERS; i++) {
        kill(senders[i], SIGKILL);
        CHECK(status_of(senders[i]) == 128 + SIGKILL);
    }
    for (int i = 0; i < 1000 && queued->seen < queued->sent; i++)
        sleep_ms(5);
    over = 1;
    for (int i = 0; i < 4; i++)
        CHECK(pthread_join(t[i], NULL) == 0);
    /* A sender that is killed between the signal and its count has sent one more, at most. */
    long more = queued->seen - queued->sent;
    printf("queued signals %s, usr1 %d\n", more >= 0 && more <= SENDERS ? "all seen" : "lost",
           usr1_seen);
    return 0;
}

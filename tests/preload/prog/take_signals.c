/* take_signals HOW: a program whose one thread takes every signal by HOW (sigwait, sigwaitinfo,
 * sigtimedwait, signalfd, poll of a signalfd), while all threads block everything and work. A child
 * sends a series; exactly that has to arrive, in its order, and nothing of anybody else. */
#include "prog.h"

#include <poll.h>
#include <sys/signalfd.h>

static const int series[] = {SIGUSR1, SIGUSR2, SIGHUP,  SIGPROF, SIGUSR2,
                             SIGTERM, SIGPROF, SIGUSR1, SIGUSR2, SIGUSR2,
                             SIGPROF, SIGPROF, SIGINT,  SIGALRM, SIGVTALRM};
enum { SERIES = sizeof series / sizeof series[0] };

static volatile int stop;
static sigset_t all;

static void *work(void *arg) {
    while (!stop) {
        burn_ms(2);
        churn(50);
    }
    return NULL;
}

static int take(const char *how, int fd) {
    siginfo_t si;
    struct signalfd_siginfo read_si;
    int signo;
    burn_ms(4); /* signals come while nobody waits */
    if (strcmp(how, "sigwait") == 0)
        return sigwait(&all, &signo) == 0 ? signo : -1;
    if (strcmp(how, "sigwaitinfo") == 0)
        return sigwaitinfo(&all, &si);
    if (strcmp(how, "sigtimedwait") == 0) {
        struct timespec short_time = {0, 1000000};
        while ((signo = sigtimedwait(&all, &si, &short_time)) < 0 && errno == EAGAIN)
            burn_ms(1);
        return signo;
    }
    struct pollfd p = {.fd = fd, .events = POLLIN};
    if (strcmp(how, "poll") == 0)
        while (poll(&p, 1, 5) < 1)
            ;
    return read(fd, &read_si, sizeof read_si) == sizeof read_si ? (int)read_si.ssi_signo : -1;
}

int main(int argc, char **argv) {
    pthread_t worker;
    int answers[2], fd;
    char answer;
    sigfillset(&all);
    CHECK(pthread_sigmask(SIG_BLOCK, &all, NULL) == 0);
    CHECK(pthread_create(&worker, NULL, work, NULL) == 0);
    CHECK(pipe(answers) == 0);
    sigdelset(&all, SIGCHLD);
    fd = signalfd(-1, &all, 0);
    pid_t target = getpid(), sender = fork();
    if (sender == 0) {
        close(answers[1]);
        for (int i = 0; i < SERIES; i++) {
            kill(target, series[i]);
            CHECK(read(answers[0], &answer, 1) == 1);
        }
        _exit(0);
    }
    for (int i = 0; i < SERIES; i++) {
        printf("took %d\n", take(argv[1], fd));
        fflush(stdout);
        CHECK(write(answers[1], "", 1) == 1);
    }
    printf("sender %d\n", status_of(sender));
    sigset_t pending;
    sigpending(&pending);
    sigdelset(&pending, SIGCHLD);
    print_set("left", &pending);
    stop = 1;
    pthread_join(worker, NULL);
    return 0;
}

/* waits_signal: waiting for signals, and calls that handlers make while they interrupt others. */
#include "waits.h"

#include <sys/time.h>

static sigset_t set_of(int a, int b) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, a);
    if (b)
        sigaddset(&set, b);
    return set;
}

static void usr1_thread(void *thread) {
    pthread_kill(*(pthread_t *)thread, SIGUSR1);
}

static int timedwait_in(const sigset_t *set, siginfo_t *si, int ms) {
    struct timespec ts = spec_ms(ms);
    return sigtimedwait(set, si, &ts);
}

static void waits(void) {
    sigset_t set = set_of(SIGUSR1, SIGRTMIN), one = set_of(SIGUSR1, 0);
    pthread_t self = pthread_self();
    siginfo_t si;
    int signo = 0;
    SAY("== sigwait");
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    E(sigwait(&set, &signo));
    R(signo);
    MEANWHILE(usr1_thread, &self, E(sigwait(&set, &signo)));
    R(signo);
    MEANWHILE(usr1_thread, &self, R(sigwaitinfo(&set, &si)));
    R(si.si_signo);
    R(si.si_code == SI_TKILL);
    R(si.si_pid == getpid());
    MEANWHILE(usr1_thread, &self, R(sigwaitinfo(&set, NULL)));
    MEANWHILE(usr1_thread, &self, R(timedwait_in(&set, &si, 20000)));
    R(si.si_signo);
    MEANWHILE(usr1_thread, &self, R(sigtimedwait(&set, NULL, NULL)));
    R(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 77}));
    R(sigwaitinfo(&set, &si) == SIGRTMIN);
    R(si.si_code == SI_QUEUE);
    R(si.si_value.sival_int);
    AT_ONCE(R(timedwait_in(&set, NULL, 0)));
    TAKES(30, R(timedwait_in(&set, &si, 30)));
    struct timespec bad = {0, -1};
    R(sigtimedwait(&set, NULL, &bad));
    for (int flags = 0; flags <= SA_RESTART; flags += SA_RESTART) {
        handle(SIGALRM, flags);
        INTERRUPTED(R(sigwaitinfo(&one, &si)));
        INTERRUPTED(R(timedwait_in(&one, &si, 20000)));
    }
    handle(SIGALRM, 0); /* sigwait goes on */
    handled = 0;
    pid_t child = send_from_outside(SIGUSR1, 1, 100);
    INTERRUPTED(CHECK(sigwait(&set, &signo) == 0)); /* errno is libc's own business here */
    R(signo);
    R(status_of(child));
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void suspends(void) {
    sigset_t alarm = set_of(SIGALRM, 0), none, usr1, now;
    sigemptyset(&none);
    sigfillset(&usr1);
    sigdelset(&usr1, SIGUSR1);
    pthread_t self = pthread_self();
    SAY("== sigsuspend, pause");
    handle(SIGALRM, 0);
    handle(SIGUSR1, 0);
    pthread_sigmask(SIG_BLOCK, &alarm, NULL);
    INTERRUPTED(R(sigsuspend(&none)));
    handled = 0;
    raise(SIGALRM);
    R(sigsuspend(&none));
    R(handled);
    raise(SIGALRM); /* stays blocked, another ends it */
    MEANWHILE(usr1_thread, &self, R(sigsuspend(&usr1)));
    R(handled);
    now = mask_now();
    print_set("mask", &now);
    pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);
    R(handled);
    handle(SIGALRM, SA_RESTART);
    INTERRUPTED(R(sigsuspend(&none)));
    INTERRUPTED(R(pause()));
    handle(SIGALRM, 0);
    INTERRUPTED(R(pause()));
}

/* ---- calls in handlers */

static int ends[2], quiet[2];
static volatile int saved_errno;

static void writes(int signo) {
    int e = errno;
    saved_errno = e;
    if (write(ends[1], "x", 1) != 1)
        _exit(3);
    errno = e;
    handled++;
}

static void polls_and_reads(int signo) {
    int e = errno;
    char c = 0;
    struct timespec ts = {0, 2000000};
    nanosleep(&ts, NULL);
    if (write(quiet[1], "y", 1) != 1 || read(quiet[0], &c, 1) != 1 || c != 'y')
        _exit(4);
    errno = e;
    writes(signo);
}

static void act(int signo, void (*fn)(int), int flags) {
    struct sigaction a = {.sa_handler = fn, .sa_flags = flags};
    CHECK(sigaction(signo, &a, NULL) == 0);
}

/* The self-pipe: main is in read of the pipe that its handler writes to. */
static void self_pipe(void (*fn)(int)) {
    char c;
    SAY("== self-pipe");
    handled = 0;
    act(SIGCHLD, fn, SA_RESTART);
    for (int i = 0; i < 20; i++) {
        pid_t child = fork();
        if (child == 0) {
            sleep_ms(i % 4);
            _exit(0);
        }
        CHECK(read(ends[0], &c, 1) == 1);
        CHECK(waitpid(child, NULL, 0) == child);
    }
    R(handled);
    act(SIGCHLD, fn, 0);
    pid_t child = fork();
    if (child == 0) {
        sleep_ms(300); /* main is in read by then, on a busy machine, too */
        _exit(0);
    }
    R(read(ends[0], &c, 1)); /* interrupted: then it is there */
    R(read(ends[0], &c, 1));
    CHECK(waitpid(child, NULL, 0) == child);
    signal(SIGCHLD, SIG_DFL);
}

/* Many of them, while other waits are going on: none is lost. */
static void storm(void) {
    struct itimerval every = {{0, 5000}, {0, 5000}}, off = {{0, 0}, {0, 0}};
    int interrupted = 0, right = 0;
    SAY("== storm");
    act(SIGALRM, polls_and_reads, 0);
    handled = 0;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    setitimer(ITIMER_REAL, &every, NULL);
    for (int i = 0; i < 60; i++) {
        struct timespec ts = spec_ms(3);
        int r = nanosleep(&ts, NULL);
        interrupted += r == -1 && errno == EINTR;
        right += r == 0 || errno == EINTR;
    }
    setitimer(ITIMER_REAL, &off, NULL);
    int before = handled, n = 0;
    char c;
    while (read(ends[0], &c, 1) == 1)
        n++;
    R(right);
    R(n == before);
    R(interrupted > 0);
}

int main(void) {
    CHECK(pipe(ends) == 0 && pipe(quiet) == 0);
    waits();
    suspends();
    self_pipe(writes);
    self_pipe(polls_and_reads);
    storm();
    return 0;
}

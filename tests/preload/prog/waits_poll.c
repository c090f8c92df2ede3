/* waits_poll: poll, select and epoll, with all that can end them; those that take a mask have it
 * for the time of the call alone. */
#include "waits.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

static int ends[2], epoll;
static void *volatile nowhere = (void *)1;

/* Each call as one function: how long in ms (-1: for ever), and the mask, NULL for none. `spec` is
 * what it wrote to its time, if it takes one. */
static struct timespec spec;
static struct timeval val;

static long by_poll(int ms, const sigset_t *mask) {
    struct pollfd p = {ends[0], POLLIN, 0};
    long r = poll(&p, 1, ms);
    return r > 0 ? p.revents : r;
}

static struct timespec *time_for(int ms) {
    spec = spec_ms(ms);
    return ms < 0 ? NULL : &spec;
}

static long by_ppoll(int ms, const sigset_t *mask) {
    struct pollfd p = {ends[0], POLLIN, 0};
    long r = ppoll(&p, 1, time_for(ms), mask);
    return r > 0 ? p.revents : r;
}

static long by_select(int ms, const sigset_t *mask) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    val = (struct timeval){ms / 1000, ms % 1000 * 1000};
    return select(ends[0] + 1, &set, NULL, NULL, ms < 0 ? NULL : &val);
}

static long by_pselect(int ms, const sigset_t *mask) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    return pselect(ends[0] + 1, &set, NULL, NULL, time_for(ms), mask);
}

static struct epoll_event event;

static long by_epoll_wait(int ms, const sigset_t *mask) {
    return epoll_wait(epoll, &event, 1, ms);
}

static long by_epoll_pwait(int ms, const sigset_t *mask) {
    return epoll_pwait(epoll, &event, 1, ms, mask);
}

static long by_epoll_pwait2(int ms, const sigset_t *mask) {
    return epoll_pwait2(epoll, &event, 1, time_for(ms), mask);
}

static struct poller {
    const char *name;
    long (*fn)(int, const sigset_t *);
    bool masks;
} pollers[] = {{"poll", by_poll, false},
               {"ppoll", by_ppoll, true},
               {"select", by_select, false},
               {"pselect", by_pselect, true},
               {"epoll_wait", by_epoll_wait, false},
               {"epoll_pwait", by_epoll_pwait, true},
               {"epoll_pwait2", by_epoll_pwait2, true}};

static void write_one(void *unused) {
    CHECK(write(ends[1], "x", 1) == 1);
}

static void drain(void) {
    char c;
    CHECK(read(ends[0], &c, 1) == 1);
}

/* The time that the program gave is written by select, and left alone by the others. */
static void say_time(const struct poller *p, int ms) {
    if (p->fn == by_select) {
        int64_t us = val.tv_sec * 1000000 + val.tv_usec;
        SAY("    time left: %s", us == 0 ? "none" : us < ms * 1000 ? "some" : "all");
    } else if (p->masks && p->fn != by_epoll_pwait) {
        SAY("    time: %s",
            spec.tv_sec * 1000 + spec.tv_nsec / 1000000 == ms ? "as it was" : "written");
    }
}

static void masked(const struct poller *p) {
    sigset_t alarm, none, before, after;
    sigemptyset(&alarm);
    sigemptyset(&none);
    sigaddset(&alarm, SIGALRM);
    CHECK(pthread_sigmask(SIG_BLOCK, &alarm, NULL) == 0);
    before = mask_now();
    handled = 0;
    /* pending from before, let through by the call */
    raise(SIGALRM);
    R(p->fn(10000, &none));
    R(handled);
    after = mask_now();
    R(memcmp(&before, &after, NSIG / 8));
    /* comes while it waits */
    INTERRUPTED(R(p->fn(10000, &none)));
    print_set("mask", &before);
    /* blocked in the call, too */
    handled = 0;
    raise(SIGALRM);
    TAKES(30, R(p->fn(30, &alarm)));
    R(handled);
    TAKES(30, R(p->fn(30, NULL)));
    R(handled);
    write_one(NULL);
    long r =
        p->fn(10000, &none); /* both: the kernel delivers, epoll and ppoll say EINTR or ready */
    SAY("ready and signal: %ld errno %s, handled %d", r, r < 0 ? error_name(errno) : "0",
        (int)handled);
    drain();
    CHECK(pthread_sigmask(SIG_SETMASK, &none, NULL) == 0);
    R(handled);
    /* open before, blocked in the call */
    CHECK(pthread_sigmask(SIG_SETMASK, &none, NULL) == 0);
    INTERRUPTED(TAKES(60, R(p->fn(60, &alarm))));
    R(handled);
    after = mask_now();
    print_set("mask", &after);
}

static void each(const struct poller *p) {
    SAY("== %s", p->name);
    AT_ONCE(R(p->fn(0, NULL)));
    TAKES(30, R(p->fn(30, NULL)));
    say_time(p, 30);
    write_one(NULL);
    AT_ONCE(R(p->fn(0, NULL)));
    AT_ONCE(R(p->fn(10000, NULL)));
    say_time(p, 10000);
    AT_ONCE(R(p->fn(-1, NULL)));
    drain();
    MEANWHILE(write_one, NULL, R(p->fn(-1, NULL)));
    drain();
    MEANWHILE(write_one, NULL, R(p->fn(20000, NULL)));
    say_time(p, 20000);
    drain();
    for (int flags = 0; flags <= SA_RESTART; flags += SA_RESTART) {
        handle(SIGALRM, flags);
        INTERRUPTED(R(p->fn(-1, NULL)));
        INTERRUPTED(R(p->fn(20000, NULL)));
        say_time(p, 20000);
    }
    if (p->masks)
        masked(p);
}

static void odd(void) {
    struct pollfd p[2] = {{-1, POLLIN, 0}, {ends[0], POLLIN, 0}}, gone = {999, POLLIN, 0};
    struct timespec bad = {0, -1}, bad2 = {-1, 0};
    struct timeval badv = {-1, 0}, odd_us = {0, 1020000};
    int closed = dup(0);
    close(closed);
    SAY("== odd");
    TAKES(20, R(poll(NULL, 0, 20)));
    TAKES(20, R(poll(p, 2, 20)));
    R(poll(&gone, 1, -1));
    R(gone.revents == POLLNVAL);
    R(poll(nowhere, 1, 10));
    R(ppoll(p, 2, &bad, NULL));
    R(ppoll(p, 2, &bad2, NULL));
    TAKES(20, R(select(0, NULL, NULL, NULL, &(struct timeval){0, 20000})));
    R(select(-1, NULL, NULL, NULL, NULL));
    R(select(0, NULL, NULL, NULL, &badv));
    TAKES(1020, R(select(0, NULL, NULL, NULL, &odd_us)));
    R(pselect(0, NULL, NULL, NULL, &bad, NULL));
    fd_set set;
    FD_ZERO(&set);
    FD_SET(closed, &set);
    R(select(closed + 1, &set, NULL, NULL, NULL));
    R(epoll_wait(-1, &event, 1, 10));
    R(epoll_wait(ends[0], &event, 1, 10));
    R(epoll_wait(epoll, &event, 0, 10));
    R(epoll_pwait2(epoll, &event, 1, &bad, NULL));
    AT_ONCE(R(epoll_pwait2(epoll, &event, 1, &(struct timespec){0, 0}, NULL)));
    R(close(ends[1]));
    R(by_poll(1000, NULL));
    R(by_epoll_wait(1000, NULL));
    R(by_select(1000, NULL));
}

int main(void) {
    CHECK(pipe(ends) == 0);
    CHECK((epoll = epoll_create1(0)) >= 0);
    event.events = EPOLLIN;
    CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event) == 0);
    for (size_t i = 0; i < sizeof pollers / sizeof *pollers; i++)
        each(&pollers[i]);
    odd();
    return 0;
}

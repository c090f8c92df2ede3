/* Timers that call the agent again. */
#include "preload/self_timer.h"

#include <string.h>
#include <time.h>

#include "preload/agent.h"
#include "preload/sys.h"

static bool create(int32_t *timer) {
    struct sigevent ev;
    int32_t id;
    memset(&ev, 0, sizeof ev);
    ev.sigev_notify = SIGEV_SIGNAL;
    ev.sigev_signo = agent.ask_signo;
    ev.sigev_value.sival_ptr = timer;
    if (sys_call3(SYS_timer_create, CLOCK_MONOTONIC, (long)&ev, (long)&id) != 0)
        return false;
    *timer = id + 1;
    return true;
}

bool self_timer_set(int32_t *timer, int64_t ns) {
    const struct itimerspec it = {.it_value = {ns / 1000000000, ns % 1000000000}};
    return (*timer || create(timer)) &&
           sys_call4(SYS_timer_settime, *timer - 1, 0, (long)&it, 0) == 0;
}

void self_timer_delete(int32_t *timer) {
    if (*timer)
        sys_call1(SYS_timer_delete, *timer - 1);
    *timer = 0;
}

bool self_timer_is(const int32_t *timer, const siginfo_t *si) {
    return si->si_code == SI_TIMER && si->si_value.sival_ptr == (const void *)timer;
}

/* To be preloaded into the command: CLOCK_REALTIME goes back by a day after its first readings, as
 * when somebody sets the clock. Not for the agent, which asks the kernel. */
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *ts) {
    static int readings;
    int r = (int)syscall(SYS_clock_gettime, clock, ts);
    if (r == 0 && clock == CLOCK_REALTIME && __atomic_fetch_add(&readings, 1, __ATOMIC_RELAXED) > 0)
        ts->tv_sec -= 86400;
    return r;
}

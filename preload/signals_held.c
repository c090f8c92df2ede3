/* The table of held signals.
 *
 * Written by preload/signals.c alone; everybody reads it. */
#include "preload/signals_held.h"

#include <string.h>

#include "preload/real.h"
#include "preload/sys.h"

struct held held[SIGNALS_HELD_MAX];
int n_held;
void (*held_handler)(int, siginfo_t *, void *);

struct held *held_find(int signo) {
    int n = held_count();
    for (int i = 0; i < n; i++)
        if (held[i].signo == signo)
            return &held[i];
    return NULL;
}

uint8_t held_bit(const struct held *h) {
    return (uint8_t)(1u << (h - held));
}

int held_use_of(const struct held *h) {
    return __atomic_load_n(&h->use, __ATOMIC_ACQUIRE);
}

uint64_t signals_open_set(void) {
    uint64_t set = 0;
    for (int i = 0, n = held_count(); i < n; i++)
        if (held_use_of(&held[i]) != HELD_YIELDED)
            set |= sys_sigbit(held[i].signo);
    return set;
}

bool held_in_vfork_child(void) {
    if (agent_sandboxed())
        return false;
    agent_fork_check();
    return sys_getpid() != agent.pid;
}

uint8_t *held_believed(void) {
    struct thread_state *t = &thread_state;
    if (!held_in_vfork_child())
        return &t->masked;
    int pid = sys_getpid();
    if (t->child_pid != pid) {
        t->child_pid = pid;
        t->child_masked = t->masked;
    }
    return &t->child_masked;
}

bool signals_shown(int signo, struct sigaction *old) {
    struct held *h = agent_on() || agent_stage() == AGENT_NEW ? held_find(signo) : NULL;
    if (h)
        *old = h->shown;
    return h != NULL;
}

bool held_has_handler(int signo) {
    struct sigaction act;
    if (!signals_shown(signo, &act) && REAL(sigaction)(signo, NULL, &act) != 0)
        return true; /* none that can be had */
    return held_is_handler(&act);
}

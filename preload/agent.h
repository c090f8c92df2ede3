/* The agent's nouns: what exists in a profiled process, and what always holds.
 *
 *   agent   one per process: settings, and whether it is on
 *   thread  one `struct thread_state` per thread, thread-local, all zero until first used
 *   fork page  memory that the kernel zeroes in a fork's child: how a child finds out what it is
 *
 * A forked child, however it was made (fork, _Fork, raw clone), sees `fork_page->alive == 0` and
 * becomes a process of its own at its first event. A child that shares the memory (vfork,
 * posix_spawn, the dumper) sees its parent's page, and what it records is its parent's: the heap is
 * the same. */
#ifndef CPPROF_PRELOAD_AGENT_H
#define CPPROF_PRELOAD_AGENT_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena/arena.h"
#include "preload/attributes.h"

enum agent_stage {
    AGENT_NEW, /* before init: hooks pass through */
    AGENT_OFF, /* not profiled: hooks pass through for ever */
    AGENT_ON,
};

enum { AGENT_PATH_MAX = 1024, AGENT_THREAD_SLOTS = 16384, AGENT_SCRATCH_SLOTS = 32 };
enum { AGENT_LOCK_HOMES = 4096, AGENT_WAITERS = 8 * AGENT_LOCK_HOMES };

/* Written by agent_init, read-only afterwards. */
struct agent_config {
    uint32_t cpu_rate_hz;     /* 0: off */
    uint64_t heap_rate_bytes; /* 0: off */
    uint64_t mutex_fraction;  /* 0: off */
    uint64_t block_rate_ns;   /* 0: off */
    uint64_t mutex_threshold_ns, block_threshold_ns;
    uint32_t stack_depth;
    int dump_signo;      /* 0: none */
    uint32_t dump_kinds; /* bit per enum profile_kind */
    bool at_exit, symbolize, verbose, dir_is_set;
    uint64_t max_memory_bytes;
    char exe[64];                 /* base name the program was started as */
    char dir[AGENT_PATH_MAX];     /* absolute */
    char run_dir[AGENT_PATH_MAX]; /* absolute; "" : the default of the effective user */
    char http[256];               /* address to be served at, preload/http.h; "" : none */
};

struct agent {
    int stage;                /* enum agent_stage; atomic */
    int pid;                  /* of the process that owns this memory */
    uint32_t generation;      /* forks between the process that ran init and this one */
    int sandboxed;            /* atomic; seccomp is on: no system call that it did not ask for */
    int tick_signo;           /* atomic; ticks arrive as this signal */
    int ask_signo;            /* threads are asked by it, and requests come by it; 0 none */
    int subreaper_above;      /* an ancestor that we know of takes orphans: see preload/dump.c */
    void (*fork_child)(void); /* sets up a forked child, preload/start.c */
    uint64_t start_ticks;     /* /proc/self/stat field 22, 0 until read */
    int64_t start_realtime_ns, start_monotonic_ns;
    struct agent_config config;
};

/* Where and for what a thread waits. */
struct wait_place {
    uint32_t tag;        /* atomic, written last: the slot's seq that this belongs to */
    uint32_t wait;       /* enum arena_wait */
    uint64_t since;      /* ticks, preload/clock.h */
    uint64_t pc, sp, fp; /* of the caller of the hook, as after its return; fp: its rbp */
    uint64_t object;     /* address of what it waits for, a descriptor; 0 none */
};

/* What others may know of a thread: its timer, so that all of them can be moved to another signal;
 * and what it waits for, so that its stack can be walked while it does. One cache line.
 *
 * While `seq` is odd and `at.tag` the same number, the thread waits at `at`. A reader that finds
 * that before and after has read what belongs together, and the stack from `sp` up has not changed
 * meanwhile. It may be stale where the program left a wait by a jump, until the thread's next one.
 */
struct thread_slot {
    uint32_t tid;      /* atomic: 0 free; claimed by CAS by the thread itself */
    int32_t timer;     /* atomic: kernel timer id + 1, 0 none */
    uint32_t seq;      /* atomic; written by the thread alone, as all that follows */
    arena_ref creator; /* atomic: the stack that made the thread, 0 not known */
    struct wait_place at;
} __attribute__((aligned(64)));

/* The timer of the thread in the slot of the same index, preload/cpu_timer.c. Changed by whoever
 * has taken it; others may look. */
struct cpu_timer {
    uint32_t taken_by; /* atomic: tid of the thread that is changing it, 0 nobody */
    uint32_t open;     /* atomic: 1 while the thread may have a timer */
    uint32_t hz;       /* atomic: rate of its timer, 0 none */
    uint32_t version;  /* how often another thread has changed it */
    /* When that other armed it, and the first expiry after that: CPU clock of the thread, ns. */
    uint64_t armed_ns, first_ns;
};

/* CPU sampling by request, preload/cpu_window.c. */
struct cpu_window {
    uint32_t
        changes; /* atomic: odd while a window is in force; every change of the rate changes it */
    uint32_t hz; /* atomic: 0 none */
    int64_t until_ns; /* atomic: CLOCK_MONOTONIC; written before hz */
    uint32_t slow_hz; /* what goes on after that, up to slow_until_ns; 0 nothing */
    int64_t slow_until_ns;
    uint32_t busy; /* atomic: a try-lock of who changes what follows, or the above */
    uint32_t next; /* slots below have the timers that they should have */
    int32_t timer; /* that brings the rest, preload/self_timer.h */
};

/* A thread that was sampled while it waits for a lock, preload/waiters.c. */
struct waiter {
    uint64_t lock;     /* atomic: its address; 0 free, 1 being filled */
    uint64_t since;    /* ticks: when the wait began */
    uint64_t charged;  /* atomic: ticks up to which holders were charged; 0: it waits no more */
    arena_ref holder;  /* atomic: bucket of the last holder that let go; 0 none yet */
    uint32_t weight;   /* contentions that it stands for */
    uint32_t is_word;  /* a futex that may be a lock, see contention_is_lock() */
    uint64_t overhead; /* atomic: ticks of the wait that holders spent on their own stacks */
};

/* A buffer for the answer of a thread that was asked for its stack, preload/threads.c. */
enum { AGENT_ANSWERS = 32 };
struct answer {
    uint64_t state; /* atomic */
    uint32_t depth; /* of the stack in its buffer */
};

/* Zero in a forked child. Everything in it is about threads that fork does not copy. */
struct fork_page {
    uint32_t alive;        /* atomic: 1 once this process is set up */
    uint32_t store_busy;   /* atomic: a thread is making the arena */
    uint32_t objects_busy; /* atomic: a thread is reading the list of mapped objects */
    uint32_t slots_high;   /* atomic: entries of `slots` ever used */
    uint32_t slots_hint;   /* atomic: none below is likely to be free */
    uint32_t scratch_busy[AGENT_SCRATCH_SLOTS]; /* atomic: taken */
    struct answer answers[AGENT_ANSWERS];
    uint16_t waiter_reach[AGENT_LOCK_HOMES]; /* atomic: waiters of a lock are that far from home */
    struct waiter waiters[AGENT_WAITERS];
    struct cpu_window window;
    struct cpu_timer timers[AGENT_THREAD_SLOTS];
    struct thread_slot slots[AGENT_THREAD_SLOTS];
};

enum thread_stage {
    THREAD_NEW,   /* never seen: no timer, bounds unknown */
    THREAD_LIVE,  /* sampled */
    THREAD_DYING, /* its timer is gone; heap is still sampled */
};

/* A thread. Written by its own thread only, in any context. What hooks look at is in its first
 * cache line. */
struct thread_state {
    uint64_t heap_left; /* bytes until the next sampled allocation; the allocator's hot path */
    uint8_t heap_ready; /* heap_left has been drawn */
    uint8_t stage;      /* enum thread_stage */
    uint8_t masked;     /* held signals that the program believes blocked here, preload/signals.c */
    uint8_t child_masked; /* the same for the vfork child `child_pid` of this thread */
    uint8_t resolving;    /* inside dlsym for the allocator: use libc's own */
    uint8_t in_tick;      /* the tick handler runs, preload/signals.c */
    int child_pid;
    uint32_t generation; /* agent.generation for which tid, slot, timer, thread_entry, label hold */
    uint32_t tid;
    int descriptor_calls;     /* transfers until one asks for its flags, preload/descriptors.c */
    struct thread_slot *slot; /* in fork_page; NULL none */
    int *errno_at;            /* this thread's, where it has a slot: no call to find it */
    uint32_t interrupted;     /* slot->seq when our handler last ended a call here, by itself */
    int32_t timer;            /* kernel timer id, valid if has_timer and it has no slot */
    double block_left;        /* what waits use up until one passes; 0 not drawn yet */
    uint32_t thread_entry;    /* index + 1 into the arena's threads; 0 none */
    arena_ref label;          /* thread name in the arena ... */
    char label_name[16];      /* ... what it says ... */
    uint64_t label_ticks;     /* ... and when the kernel was asked */
    uint64_t rng;
    uint64_t stack_lo, stack_hi; /* [lo, hi) is readable from sp up; 0, 0 unknown */
    uint64_t start_pc;           /* the thread's start routine; 0 main or unknown */
    /* The timer's rate; CPU clock of the thread in ns: when it was armed at that rate, and its
     * first expiry after that; and by how much more was due at earlier rates than has been recorded
     * at all: how expiries that were not delivered are found. */
    uint32_t cpu_hz, cpu_period_ns;
    uint64_t cpu_armed_ns, cpu_first_ns;
    int64_t cpu_owed_ns;
    uint32_t cpu_version; /* of its struct cpu_timer, as far as known here */
    uint32_t cpu_seen;   /* window.changes for which the timer is right; else the next tick looks */
    uint64_t saved_mask; /* kernel's mask before fork */
    bool has_timer;
    struct waiter *waiter; /* where it is listed while it waits for a lock; NULL: nowhere */
    struct once_run *once; /* the newest pthread_once of this thread, preload/hooks/hook_once.c */
} __attribute__((aligned(64)));

/* What every hook of a call that may wait looks at, in one cache line. Defined in preload/wait.c.
 */
struct hot {
    int wait_mode;             /* atomic: enum wait_mode, preload/wait.h */
    bool has_tsc;              /* ticks are the processor's counter: preload/clock.h */
    bool threaded;             /* atomic: a second thread was made, or was about to be */
    uint64_t wait_least_ticks; /* atomic: WAIT_LEAST_NS, once the rate of ticks is known */
    uint64_t block_until;      /* atomic: ticks, when the rate of the block profile is looked at */
    double block_filter;       /* atomic: see preload/block_rate.h */
} __attribute__((aligned(64)));

extern INTERNAL struct hot hot;
extern INTERNAL struct agent agent;
extern INTERNAL struct fork_page *fork_page; /* NULL until init; never unmapped */
extern INTERNAL __thread struct thread_state thread_state
    __attribute__((tls_model("initial-exec")));

static inline int agent_stage(void) {
    return __atomic_load_n(&agent.stage, __ATOMIC_ACQUIRE);
}

static inline bool agent_on(void) {
    return agent_stage() == AGENT_ON;
}

static inline bool agent_sandboxed(void) {
    return __atomic_load_n(&agent.sandboxed, __ATOMIC_RELAXED);
}

/* Notices that this is a forked child that no fork handler has set up, and sets it up: own pid, no
 * arena, no timers but the calling thread's new one. Called at the start of each sampled event.
 * Async-signal-safe. */
void agent_fork_check(void);

/* Notes which file stderr is, at start. */
void agent_note_stderr(void);

/* Writes one line `cpprof: ...` to stderr if it is still the stderr of the start. `detail` may be
 * NULL; `error` is a negative errno or 0. Async-signal-safe; touches no errno. */
void agent_message(const char *text, const char *detail, int error);

#endif

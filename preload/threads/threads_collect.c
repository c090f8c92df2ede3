/* Collecting threads.
 *
 * Model: /proc lists the threads. One that waits in a hook has published where (struct
 * thread_slot), and its stack is walked from there, without its help; that is believed if it still
 * waits in the same call afterwards. The others are asked by a signal: those that run, and those in
 * calls that are not hooked. What does not answer in time is listed with what /proc says of it. */
#include "preload/threads/threads_collect.h"

#include <pthread.h>
#include <string.h>

#include "preload/capture.h"
#include "preload/clock.h"
#include "preload/dump_output.h"
#include "preload/fault_guard.h"
#include "preload/objects.h"
#include "preload/slot.h"
#include "preload/store.h"
#include "preload/sys.h"
#include "preload/text.h"
#include "preload/threads/threads_ask.h"
#include "preload/threads/threads_proc.h"

enum { RECORD_MIN_BYTES = 1 << 20 };

struct collection {
    struct store *s;
    struct threads_head *head; /* the record so far */
    size_t room;               /* bytes of its mapping */
    uint32_t *tids;            /* of /proc, and then of those that are to be asked */
    char *states;              /* of those that are to be asked, before that */
    uint32_t n_tids, n_ask;
    size_t tids_bytes;
    uint32_t *slot_index; /* hash table, tid -> index of its slot + 1; power of two */
    uint32_t slot_index_n;
    struct capture capture; /* of one stack, in a buffer of our own */
};

/* ---- the record */

static struct threads_entry *record_push(struct collection *c, uint32_t tid, const uint64_t *pcs,
                                         uint32_t depth) {
    size_t bytes = sizeof(struct threads_entry) + depth * sizeof pcs[0];
    if (c->head->bytes + bytes > c->room) {
        void *grown = dump_mem.resize(dump_mem.ctx, c->head, c->room, 2 * c->room);
        if (!grown)
            return NULL;
        c->head = grown;
        c->room *= 2;
    }
    struct threads_entry *e = (struct threads_entry *)((char *)c->head + c->head->bytes);
    memset(e, 0, sizeof *e);
    e->bytes = (uint32_t)bytes;
    e->tid = tid;
    e->depth = depth;
    memcpy(e->pc, pcs, depth * sizeof pcs[0]);
    c->head->bytes += bytes;
    c->head->n_threads++;
    return e;
}

/* A thread whose stack is not known. */
static struct threads_entry *record_push_unknown(struct collection *c, uint32_t tid) {
    static const uint64_t mark = ARENA_PC_NO_STACK;
    return record_push(c, tid, &mark, 1);
}

static void describe(struct threads_entry *e, const struct proc_thread *t,
                     const struct thread_slot *slot) {
    memcpy(e->name, t->name, sizeof e->name);
    e->state = t->state;
    if (slot)
        e->creator = __atomic_load_n(&slot->creator, __ATOMIC_RELAXED);
}

/* ---- slots by tid */

static void index_slots(struct collection *c) {
    uint32_t high = slot_high();
    c->slot_index_n = 16;
    while (c->slot_index_n < 2 * high)
        c->slot_index_n *= 2;
    c->slot_index = sys_map_anonymous(c->slot_index_n * sizeof *c->slot_index);
    for (uint32_t i = 0; c->slot_index && i < high; i++) {
        uint32_t tid = __atomic_load_n(&fork_page->slots[i].tid, __ATOMIC_ACQUIRE), at = tid;
        if (!tid)
            continue;
        while (c->slot_index[at & (c->slot_index_n - 1)])
            at++;
        c->slot_index[at & (c->slot_index_n - 1)] = i + 1;
    }
}

static const struct thread_slot *slot_of(const struct collection *c, uint32_t tid) {
    for (uint32_t at = tid; c->slot_index; at++) {
        uint32_t i = c->slot_index[at & (c->slot_index_n - 1)];
        if (!i)
            return NULL;
        if (__atomic_load_n(&fork_page->slots[i - 1].tid, __ATOMIC_ACQUIRE) == tid)
            return &fork_page->slots[i - 1];
    }
    return NULL;
}

/* ---- threads that wait */

/* The thread that holds a lock, as glibc notes it in the lock; 0 where it does not. */
static uint32_t owner_of(const struct wait_place *at) {
    pthread_mutex_t mutex;
    pthread_rwlock_t rwlock;
    if (at->wait == ARENA_WAIT_MUTEX &&
        sys_read_memory(at->object, &mutex, sizeof mutex) == sizeof mutex)
        return (uint32_t)mutex.__data.__owner;
    if (at->wait == ARENA_WAIT_RWLOCK &&
        sys_read_memory(at->object, &rwlock, sizeof rwlock) == sizeof rwlock)
        return (uint32_t)rwlock.__data.__cur_writer;
    return 0;
}

/* Files and calls wait on descriptors: they are no addresses. */
static bool is_address(uint32_t wait) {
    return wait >= ARENA_WAIT_MUTEX && wait <= ARENA_WAIT_FUTEX && wait != ARENA_WAIT_JOIN;
}

struct walk_job {
    struct capture *capture;
    struct unwind_start start;
};

static void walk(void *arg) {
    struct walk_job *job = arg;
    capture_walk(job->capture, &job->start);
}

/* The stack of a thread that waits at `at`, into the capture. No bounds are given, so that every
 * read is a checked one. */
static void walk_waiting(struct collection *c, const struct wait_place *at) {
    struct walk_job job = {&c->capture, {.pc = at->pc, .sp = at->sp, .fp = at->fp}};
    if (!fault_guard_run(walk, &job)) {
        c->capture.depth = 0;
        c->capture.end = UNWIND_LOST;
    }
    capture_mark(&c->capture);
}

/* A spin lock is waited for while the thread runs; whoever runs in another wait has left it, or is
 * about to. */
static bool is_believable(const struct wait_place *at, const struct proc_thread *t) {
    return t->state != 'R' || at->wait == ARENA_WAIT_SPIN || at->wait == ARENA_WAIT_EXIT;
}

/* The slot's number while the thread waits in a hook and all of it is published; else 0. */
static uint32_t waiting_seq(const struct thread_slot *slot) {
    uint32_t seq = __atomic_load_n(&slot->seq, __ATOMIC_ACQUIRE);
    return seq & 1 && __atomic_load_n(&slot->at.tag, __ATOMIC_ACQUIRE) == seq ? seq : 0;
}

/* False: it does not wait in a hook, or no more. `seq` was read before `t`. */
static bool add_waiting(struct collection *c, uint32_t tid, const struct thread_slot *slot,
                        uint32_t seq, const struct proc_thread *t) {
    struct wait_place at = slot->at;
    if (!is_believable(&at, t))
        return false;
    walk_waiting(c, &at);
    uint32_t owner = owner_of(&at);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (__atomic_load_n(&slot->seq, __ATOMIC_RELAXED) != seq)
        return false;
    struct threads_entry *e = record_push(c, tid, c->capture.pcs, c->capture.depth);
    if (!e)
        return true;
    describe(e, t, slot);
    e->wait = at.wait;
    e->waited_ns = clock_ns(at.since, clock_ticks());
    e->object = is_address(at.wait) ? at.object : 0;
    e->owner = owner;
    return true;
}

/* ---- threads that were asked */

static void add_answer(void *ctx, uint32_t i, const uint64_t *pcs, uint32_t depth) {
    struct collection *c = ctx;
    struct proc_thread t;
    if (!proc_thread_read(c->tids[i], &t))
        return; /* it has ended meanwhile */
    struct threads_entry *e =
        depth ? record_push(c, c->tids[i], pcs, depth) : record_push_unknown(c, c->tids[i]);
    t.state = c->states[i];
    if (e)
        describe(e, &t, slot_of(c, c->tids[i]));
}

/* Stopped, dead, or deep in the kernel: such a thread would not answer. */
static bool can_answer(char state) {
    return state == 'R' || state == 'S';
}

static void add_thread(struct collection *c, uint32_t tid) {
    struct proc_thread t;
    const struct thread_slot *slot = slot_of(c, tid);
    uint32_t seq = slot ? waiting_seq(slot) : 0;
    if (!proc_thread_read(tid, &t))
        return;
    if (seq && add_waiting(c, tid, slot, seq, &t))
        return;
    if (can_answer(t.state)) {
        c->states[c->n_ask] = t.state;
        c->tids[c->n_ask++] = tid; /* behind what has been read */
    } else {
        struct threads_entry *e = record_push_unknown(c, tid);
        if (e)
            describe(e, &t, slot);
    }
}

/* ---- all of it */

/* Without /proc, those that have a slot. */
static void list_slots(struct collection *c) {
    uint32_t high = slot_high();
    c->tids_bytes = (high + 1) * sizeof *c->tids;
    c->tids = sys_map_anonymous(c->tids_bytes);
    for (uint32_t i = 0; c->tids && i < high; i++) {
        uint32_t tid = __atomic_load_n(&fork_page->slots[i].tid, __ATOMIC_ACQUIRE);
        if (tid)
            c->tids[c->n_tids++] = tid;
    }
}

static void begin(struct collection *c) {
    struct threads_head *h = c->head;
    h->magic = THREADS_MAGIC;
    h->version = THREADS_VERSION;
    h->pid = (uint32_t)agent.pid;
    h->start_ticks = agent.start_ticks;
    h->realtime_ns = sys_clock_ns(CLOCK_REALTIME);
    h->monotonic_ns = sys_clock_ns(CLOCK_MONOTONIC);
    h->bytes = sizeof *h;
}

static void collect(struct collection *c) {
    begin(c);
    index_slots(c);
    c->tids = proc_threads(&c->n_tids, &c->tids_bytes);
    if (!c->tids)
        list_slots(c);
    c->states = sys_map_anonymous(c->n_tids + 1);
    for (uint32_t i = 0; c->states && i < c->n_tids; i++)
        add_thread(c, c->tids[i]);
    ask_threads(c->tids, c->n_ask, add_answer, c);
    objects_refresh(c->s); /* what was loaded meanwhile */
    c->head->epoch = __atomic_load_n(&c->s->header->epoch, __ATOMIC_ACQUIRE);
}

struct threads_head *threads_collect(size_t *bytes) {
    struct collection c = {.s = store_peek(), .room = RECORD_MIN_BYTES};
    c.head = sys_map_anonymous(c.room);
    size_t capture_bytes = capture_words() * sizeof *c.capture.pcs;
    c.capture.pcs = sys_map_anonymous(capture_bytes);
    if (c.head && !c.capture.pcs) {
        sys_unmap(c.head, c.room);
        c.head = NULL;
    }
    if (c.head)
        collect(&c);
    if (c.capture.pcs)
        sys_unmap(c.capture.pcs, capture_bytes);
    if (c.tids)
        sys_unmap(c.tids, c.tids_bytes);
    if (c.states)
        sys_unmap(c.states, c.n_tids + 1);
    if (c.slot_index)
        sys_unmap(c.slot_index, c.slot_index_n * sizeof *c.slot_index);
    *bytes = c.room;
    return c.head;
}

void threads_record_write(void) {
    TEXT(tmp, AGENT_PATH_MAX + 64);
    TEXT(path, AGENT_PATH_MAX + 64);
    size_t bytes;
    if (!store_sibling(&tmp, ".", THREADS_SUFFIX ".tmp") ||
        !store_sibling(&path, "", THREADS_SUFFIX))
        return;
    struct threads_head *h = threads_collect(&bytes);
    if (!h)
        return;
    sys_call3(SYS_unlinkat, AT_FDCWD, (long)tmp.s, 0); /* left by a dumper that was killed */
    int fd = sys_open(tmp.s, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0) {
        bool ok = dump_write_all(&fd, h, h->bytes) == 0;
        sys_close(fd);
        if (!ok || sys_call4(SYS_renameat, AT_FDCWD, (long)tmp.s, AT_FDCWD, (long)path.s) != 0)
            sys_call3(SYS_unlinkat, AT_FDCWD, (long)tmp.s, 0);
    }
    sys_unmap(h, bytes);
}

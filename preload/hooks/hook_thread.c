/* Hooks: the start of threads.
 *
 * A new thread first runs our start routine, which sets it up (bounds of its stack, signals,
 * timer), and last its clean-up handler, also when it ends by pthread_exit or is cancelled. What
 * passes from creator to thread is a record of a small static pool; where none is free, the thread
 * starts as without us and is not sampled. */
#include <errno.h>
#include <pthread.h>
#include <threads.h>

#include "preload/creation.h"
#include "preload/glibc.h"
#include "preload/real.h"
#include "preload/signals_mask.h"
#include "preload/start.h"
#include "preload/thread.h"

enum { RECORDS = 512 };

struct start_record {
    uint32_t busy;       /* atomic */
    uint8_t masked;      /* what the thread is to believe blocked ... */
    bool mask_is_own;    /* ... or it has a mask from its attributes: what it finds */
    uint64_t saved_mask; /* the creator's */
    size_t stack_bytes;
    arena_ref creator; /* the stack that makes the thread, or 0 */
    void *(*posix)(void *);
    thrd_start_t c11;
    void *arg;
};

static struct start_record records[RECORDS];

static struct start_record *take_record(void) {
    static uint32_t hint; /* atomic */
    uint32_t first = __atomic_fetch_add(&hint, 1, __ATOMIC_RELAXED);
    for (uint32_t i = 0; i < RECORDS; i++) {
        struct start_record *r = &records[(first + i) % RECORDS];
        if (!__atomic_load_n(&r->busy, __ATOMIC_RELAXED) &&
            !__atomic_exchange_n(&r->busy, 1, __ATOMIC_ACQUIRE))
            return r;
    }
    store_count_early(ARENA_NO_TIMER, 1);
    return NULL;
}

static void give_record(struct start_record *r) {
    __atomic_store_n(&r->busy, 0, __ATOMIC_RELEASE);
}

static struct start_record begin(void *p) {
    struct start_record r = *(struct start_record *)p;
    give_record(p);
    uint64_t pc = r.posix ? (uintptr_t)r.posix : (uintptr_t)r.c11;
    thread_begin(pc, r.masked, r.mask_is_own, r.stack_bytes);
    if (thread_state.slot)
        __atomic_store_n(&thread_state.slot->creator, r.creator, __ATOMIC_RELAXED);
    return r;
}

static void end(void *unused) {
    int saved = errno;
    thread_end();
    errno = saved;
}

static void *start_posix(void *p) {
    struct start_record r = begin(p);
    void *result;
    pthread_cleanup_push(end, NULL);
    result = r.posix(r.arg);
    pthread_cleanup_pop(1);
    return result;
}

static int start_c11(void *p) {
    struct start_record r = begin(p);
    int result;
    pthread_cleanup_push(end, NULL);
    result = r.c11(r.arg);
    pthread_cleanup_pop(1);
    return result;
}

/* A thread that is to believe a signal of ours blocked begins with it blocked, until it has noted
 * that; or a handler could run in it before. */
static void mask_begin(struct start_record *r, const pthread_attr_t *attr) {
    sigset_t set;
    r->mask_is_own = attr && pthread_attr_getsigmask_np(attr, &set) == 0;
    r->masked = r->mask_is_own ? 0 : thread_state.masked;
    if (r->masked)
        signals_block(&r->saved_mask);
}

static void mask_end(const struct start_record *r) {
    if (r->masked)
        signals_restore(r->saved_mask);
}

/* Size of the new thread's stack, which glibc takes from the attributes or its default. */
static size_t stack_bytes(const pthread_attr_t *attr) {
    size_t bytes = 0;
    pthread_attr_t dflt;
    if (attr) {
        pthread_attr_getstacksize(attr, &bytes);
    } else if (pthread_getattr_default_np(&dflt) == 0) {
        pthread_attr_getstacksize(&dflt, &bytes);
        pthread_attr_destroy(&dflt);
    }
    return bytes;
}

/* ---- making them */

struct creating {
    unsigned long *thread; /* pthread_t and thrd_t are the same */
    const pthread_attr_t *attr;
    void *(*posix)(void *); /* one of the two */
    thrd_start_t c11;
    void *arg;
};

/* By our start routine with a record, or without as the program asked. 0 when it was made. */
static int make(const struct creating *c, struct start_record *r) {
    if (c->posix)
        return r ? REAL(pthread_create)(c->thread, c->attr, start_posix, r)
                 : REAL(pthread_create)(c->thread, c->attr, c->posix, c->arg);
    return r ? REAL(thrd_create)(c->thread, start_c11, r)
             : REAL(thrd_create)(c->thread, c->c11, c->arg);
}

static int make_with(const struct creating *c, struct start_record *r, arena_ref creator) {
    r->posix = c->posix;
    r->c11 = c->c11;
    r->arg = c->arg;
    r->creator = creator;
    r->stack_bytes = stack_bytes(c->attr);
    struct start_record own = *r;
    mask_begin(&own, c->attr);
    *r = own; /* the thread gives the record back before we are done */
    int error = make(c, r);
    mask_end(&own);
    if (error)
        give_record(r);
    return error;
}

static int create(const struct creating *c) {
    agent_init(); /* a library's constructor may be first */
    __atomic_store_n(&hot.threaded, true, __ATOMIC_RELAXED);
    if (!agent_on())
        return make(c, NULL);
    struct capture_key creator;
    bool known = creation_stack(&creator);
    struct start_record *r = take_record();
    int error = r ? make_with(c, r, creator.stack) : make(c, NULL);
    if (!error && known)
        creation_count(&creator);
    return error;
}

HOOK int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
                        void *arg) {
    const struct creating c = {thread, attr, fn, NULL, arg};
    return create(&c);
}

HOOK int thrd_create(thrd_t *thread, thrd_start_t fn, void *arg) {
    const struct creating c = {thread, NULL, NULL, fn, arg};
    return create(&c);
}

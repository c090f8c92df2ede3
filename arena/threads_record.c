/* Reading a record of threads that is not to be trusted. */
#include "arena/threads_record.h"

#include <stddef.h>

static const struct threads_entry *entry_at(const struct threads_head *h, uint64_t at) {
    const struct threads_entry *e = (const void *)((const char *)h + at);
    if (h->bytes - at < sizeof *e || e->bytes < sizeof *e || e->bytes > h->bytes - at ||
        e->bytes % 8 != 0 || e->depth > (e->bytes - sizeof *e) / sizeof e->pc[0])
        return NULL;
    return e;
}

const char *threads_record_check(const void *p, uint64_t n) {
    const struct threads_head *h = p;
    uint64_t at = sizeof *h;
    if (n < sizeof *h || h->magic != THREADS_MAGIC)
        return "not a record of threads";
    if (h->version != THREADS_VERSION)
        return "made by another version of cpprof";
    if (h->bytes < sizeof *h || h->bytes > n)
        return "it is cut short";
    for (uint32_t i = 0; i < h->n_threads; i++) {
        const struct threads_entry *e = entry_at(h, at);
        if (!e)
            return "it is damaged";
        at += e->bytes;
    }
    return at == h->bytes ? NULL : "it is damaged";
}

const struct threads_entry *threads_record_next(const struct threads_head *h,
                                                const struct threads_entry *e) {
    uint64_t at = e ? (uint64_t)((const char *)e - (const char *)h) + e->bytes : sizeof *h;
    return at < h->bytes ? (const void *)((const char *)h + at) : NULL;
}

const char *threads_entry_state(const struct threads_entry *e) {
    if (e->wait != ARENA_WAIT_NONE)
        return wait_word(e->wait);
    switch (e->state) {
    case 'R':
        return "running";
    case 'S':
        return "sleeping";
    case 'D':
        return "uninterruptible";
    case 'T':
    case 't':
        return "stopped";
    case 'Z':
    case 'X':
        return "dead";
    }
    return "unknown";
}

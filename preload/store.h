/* The store: the writing side of the arena.
 *
 * Made at the first event (store_get), a mapping of a file in the run directory, or private memory
 * where no file can be made. All functions are async-signal-safe, lock-free where an event is
 * recorded, and for any number of threads; none touches errno. */
#ifndef CPPROF_PRELOAD_STORE_H
#define CPPROF_PRELOAD_STORE_H

#include "arena/arena.h"
#include "preload/agent.h"

struct store {
    uint8_t *base;
    uint64_t size;
    struct arena_header *header;
    uint32_t generation; /* agent.generation that made it */
    /* By event: where those count for which there was no room. Never NULL. */
    struct arena_bucket *full_bucket[ARENA_EVENT_CREATE + 1];
    bool has_file;
};

/* Called when a store has been made and nobody sees it yet, with the parent's of a forked child or
 * NULL. Written by the start. */
extern void (*store_born)(struct store *s, struct store *inherited);

/* The store of this process; makes it if it is not there yet. NULL while another thread makes it,
 * or when there is no memory: drop the event. */
struct store *store_get(void);

/* The same, but lets the thread that makes it finish, for a bounded while. Not in handlers of our
 * own, which may hold up that very thread. */
struct store *store_wait(void);

/* The store if it exists, else NULL. */
struct store *store_peek(void);

/* Removes the arena's file: at a clean exit and before exec. store_relink makes a new one when the
 * exec failed; what other threads record in that moment may be lost. */
void store_unlink(void);
void store_relink(void);

/* The path of a file beside the arena's, of the same name but for what stands before and after it.
 * False when the arena is no file. In one thread at a time. */
struct text;
bool store_sibling(struct text *path, const char *prefix, const char *suffix);

/* Appends the directory of arenas, and makes it if it is missing. False when it is not ours alone
 * to write, or its name too long. */
bool store_directory(struct text *path);

/* Between them no store is made: nobody would dump or remove it. At the end of the program, and
 * around exec. */
void store_close(void);
void store_open(void);

/* In a forked child: this process has no store of its own now. */
void store_fork_child(void);

/* `bytes` of zeroed heap, aligned to ARENA_ALIGN; returns its offset, 0 when full. */
uint64_t store_alloc(struct store *s, size_t bytes);

/* Makes [offset, offset+bytes) touchable. False when the limit, the file system or memory is full,
 * or a system call is needed in a sandbox. */
bool store_reserve(struct store *s, uint64_t offset, uint64_t bytes);

/* Finds or adds. 0 when full. */
arena_ref store_stack(struct store *s, const uint64_t *pcs, uint32_t depth, uint32_t epoch);
arena_ref store_label(struct store *s, const char *name, size_t len);
arena_ref store_string(struct store *s, const char *text, size_t len);
/* Finds or adds; NULL when full. */
struct arena_bucket *store_bucket(struct store *s, uint32_t event, arena_ref stack, arena_ref label,
                                  uint32_t detail);

static inline void *store_at(struct store *s, arena_ref ref) {
    return s->base + (uint64_t)ref * ARENA_ALIGN;
}

static inline arena_ref store_ref(const struct store *s, const void *p) {
    return (arena_ref)(((const uint8_t *)p - s->base) / ARENA_ALIGN);
}

static inline void store_count(struct store *s, enum arena_counter c, uint64_t n) {
    __atomic_fetch_add(&s->header->counters[c], n, __ATOMIC_RELAXED);
}

/* Counts that arise before there is a store; they are added when it is made. */
void store_count_early(enum arena_counter c, uint64_t n);

static inline void bucket_add(struct arena_bucket *b, int i, int64_t n) {
    __atomic_fetch_add(&b->v[i], n, __ATOMIC_RELAXED);
}

#endif

/* The writing side of the arena.
 *
 * Model: one mapping, cut into fixed regions by its size. Hash indexes and the heap are touched
 * sparsely; before a unit is touched for the first time it is populated by madvise, which reports a
 * full file system as an error, where a plain store would raise SIGBUS in the host. The bitmap
 * `reserved` remembers what may be touched, for us and for readers.
 *
 * Concurrency: the heap is bumped by an atomic add; an object is complete before the
 * compare-and-swap that puts its reference in an index; losers of that race leave a hole. Only
 * making the store is exclusive: by a try-lock in the fork page, so that nobody waits and a fork
 * cannot inherit it held. */
#include "preload/store.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "preload/process.h"
#include "preload/sys.h"
#include "preload/text.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

enum {
    HEAP_BATCH = 16 * ARENA_UNIT, /* the heap is reserved in steps of this many bytes */
    LABEL_SLOTS = 4096,
    /* values of fork_page->store_busy */
    STORE_IDLE = 0,
    STORE_BEING_MADE,
    STORE_FAILED,
};

/* Two, because a forked child still reads its parent's while it makes its own. */
static struct store stores[2];
void (*store_born)(struct store *s, struct store *inherited);

static struct store *current;   /* atomic; NULL: none yet */
static struct store *inherited; /* a fork's child: the parent's store, to copy from and unmap */
static int closed;              /* atomic: the program ends, no store is made any more */
static uint64_t early_counts[ARENA_COUNTERS];
/* Where the file is. Static, as there is no room for paths on a handler's stack; written while
 * making the store, which one thread does. */
static char dir_path[AGENT_PATH_MAX], file_path[AGENT_PATH_MAX + 48];

static uint64_t round_up(uint64_t n, uint64_t unit) {
    return (n + unit - 1) / unit * unit;
}

static uint64_t power_of_two_above(uint64_t n) {
    uint64_t p = 1;
    while (p < n)
        p <<= 1;
    return p;
}

void store_count_early(enum arena_counter c, uint64_t n) {
    struct store *s = store_peek();
    if (s)
        store_count(s, c, n);
    else
        __atomic_fetch_add(&early_counts[c], n, __ATOMIC_RELAXED);
}

/* ---- reservation */

static uint8_t *reserved_byte(struct store *s, uint64_t unit) {
    return s->base + s->header->reserved.offset + unit / 8;
}

static bool unit_reserved(struct store *s, uint64_t unit) {
    return __atomic_load_n(reserved_byte(s, unit), __ATOMIC_ACQUIRE) & (1u << unit % 8);
}

static bool populate(struct store *s, uint64_t offset, uint64_t bytes) {
    if (!s->has_file)
        return true;
    if (agent_sandboxed())
        return false;
    return sys_call3(SYS_madvise, (long)(s->base + offset), (long)bytes, MADV_POPULATE_WRITE) == 0;
}

HOT bool store_reserve(struct store *s, uint64_t offset, uint64_t bytes) {
    uint64_t first = offset / ARENA_UNIT, last = (offset + bytes - 1) / ARENA_UNIT;
    bool all = true;
    for (uint64_t u = first; u <= last && all; u++)
        all = unit_reserved(s, u);
    if (likely(all))
        return true;
    if (!populate(s, first * ARENA_UNIT, (last - first + 1) * ARENA_UNIT))
        return false;
    for (uint64_t u = first; u <= last; u++)
        __atomic_fetch_or(reserved_byte(s, u), (uint8_t)(1u << u % 8), __ATOMIC_RELEASE);
    return true;
}

uint64_t store_alloc(struct store *s, size_t bytes) {
    struct arena_header *h = s->header;
    uint64_t n = round_up(bytes, ARENA_ALIGN), end = h->heap.offset + h->heap.bytes;
    /* Looking first keeps the cursor from running away when the heap is full. */
    if (__atomic_load_n(&h->heap_next, __ATOMIC_RELAXED) + n > end)
        return 0;
    uint64_t at = __atomic_fetch_add(&h->heap_next, n, __ATOMIC_RELAXED);
    if (at + n > end)
        return 0;
    uint64_t from = at / HEAP_BATCH * HEAP_BATCH, to = round_up(at + n, HEAP_BATCH);
    if (from < h->heap.offset)
        from = h->heap.offset;
    if (to > end)
        to = end;
    return store_reserve(s, from, to - from) ? at : 0;
}

/* ---- making it */

static void lay_out(struct arena_header *h, uint64_t size) {
    uint64_t at = 0, slots = power_of_two_above(size / 256);
    struct {
        struct arena_region *region;
        uint64_t bytes;
    } parts[] = {
        {&h->reserved, size / ARENA_UNIT / 8 + 1},
        {&h->label_index, LABEL_SLOTS * sizeof(arena_entry)},
        {&h->threads, size / 2048 * sizeof(struct arena_thread)},
        {&h->stack_index, slots * sizeof(arena_entry)},
        {&h->bucket_index, slots * sizeof(arena_entry)},
    };
    at = round_up(sizeof *h, ARENA_UNIT);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        parts[i].region->offset = at;
        parts[i].region->bytes = round_up(parts[i].bytes, ARENA_UNIT);
        at += parts[i].region->bytes;
    }
    h->heap.offset = at;
    h->heap.bytes = size - at;
    h->heap_next = at;
}

static void name_directory(struct text *dir) {
    if (agent.config.run_dir[0]) {
        text_str(dir, agent.config.run_dir);
    } else {
        text_str(dir, "/dev/shm/cpprof-");
        text_uint(dir, (uint64_t)sys_call0(SYS_geteuid));
    }
}

/* The arena's file is "DIR/PID.START". */
static void set_paths(void) {
    struct text dir = {dir_path, sizeof dir_path, 0, false};
    struct text file = {file_path, sizeof file_path, 0, false};
    name_directory(&dir);
    text_str(&file, dir.s);
    text_str(&file, "/");
    text_uint(&file, (uint64_t)agent.pid);
    text_str(&file, ".");
    text_uint(&file, agent.start_ticks);
}

static bool directory_is_ours(const char *dir) {
    struct stat st;
    int fd = sys_open(dir, O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC, 0);
    if (fd < 0)
        return false;
    long r = sys_call4(SYS_newfstatat, fd, (long)"", (long)&st, AT_EMPTY_PATH);
    sys_close(fd);
    return r == 0 && st.st_uid == (uid_t)sys_call0(SYS_geteuid) && (st.st_mode & 022) == 0;
}

static bool make_directory(const char *dir) {
    sys_call3(SYS_mkdirat, AT_FDCWD, (long)dir, 0700);
    return directory_is_ours(dir);
}

bool store_directory(struct text *path) {
    name_directory(path);
    return !path->cut && make_directory(path->s);
}

/* A file whose size passes RLIMIT_FSIZE raises SIGXFSZ, which kills; signals are blocked here, and
 * it is taken out of the queue again. */
static bool set_size(int fd, uint64_t size) {
    long r = sys_call2(SYS_ftruncate, fd, (long)size);
    if (r == -EFBIG)
        sys_take_pending(sys_sigbit(SIGXFSZ));
    return r == 0;
}

/* A new file at file_path, or a negative errno. */
static int open_file(void) {
    const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int fd = sys_open(file_path, flags, 0600);
    if (fd == -EEXIST) { /* left by the program that this one was exec'd from */
        sys_call3(SYS_unlinkat, AT_FDCWD, (long)file_path, 0);
        fd = sys_open(file_path, flags, 0600);
    }
    return fd;
}

static void *map_file(uint64_t size) {
    if (!agent.start_ticks)
        return NULL;
    set_paths();
    if (!make_directory(dir_path))
        return NULL;
    int fd = open_file();
    if (fd < 0)
        return NULL;
    long p = -1;
    if (set_size(fd, size))
        p = sys_call6(SYS_mmap, 0, (long)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    sys_close(fd);
    if (sys_failed(p))
        sys_call3(SYS_unlinkat, AT_FDCWD, (long)file_path, 0);
    return sys_failed(p) ? NULL : (void *)p;
}

/* 0 when it cannot be told. */
static uint64_t pid_namespace(void) {
    struct stat st;
    long r = sys_call4(SYS_newfstatat, AT_FDCWD, (long)"/proc/self/ns/pid", (long)&st, 0);
    return r == 0 ? st.st_ino : 0;
}

static bool fill_header(struct store *s) {
    static struct arena_header layout; /* not on the stack of a handler, like paths */
    lay_out(&layout, s->size);
    /* The bitmap has to be there before it can be asked. */
    uint64_t fixed = layout.label_index.offset;
    if (!populate(s, 0, fixed))
        return false;
    struct arena_header *h = s->header = (struct arena_header *)s->base;
    memcpy(h, &layout, sizeof layout);
    for (uint64_t u = 0; u < fixed / ARENA_UNIT; u++)
        *reserved_byte(s, u) |= (uint8_t)(1u << u % 8);
    h->version = ARENA_VERSION;
    h->header_bytes = sizeof *h;
    h->size = s->size;
    h->pid = (uint32_t)agent.pid;
    h->uid = (uint32_t)sys_call0(SYS_geteuid);
    h->start_ticks = agent.start_ticks;
    h->pid_namespace = pid_namespace();
    h->start_realtime_ns = agent.start_realtime_ns;
    h->start_monotonic_ns = agent.start_monotonic_ns;
    memcpy(h->exe, agent.config.exe, sizeof h->exe);
    h->cpu_rate_hz = agent.config.cpu_rate_hz;
    h->stack_depth = agent.config.stack_depth;
    h->heap_rate_bytes = agent.config.heap_rate_bytes;
    h->mutex_fraction = agent.config.mutex_fraction;
    h->block_rate_ns = agent.config.block_rate_ns;
    h->mutex_threshold_ns = agent.config.mutex_threshold_ns;
    h->block_threshold_ns = agent.config.block_threshold_ns;
    h->request_signo = (uint32_t)agent.ask_signo;
    h->next_seq = 1;
    return true;
}

/* A quarter of the limit is the live table's, which is private memory. */
static uint64_t arena_size(void) {
    return agent.config.max_memory_bytes * 3 / 4 / ARENA_UNIT * ARENA_UNIT;
}

/* Made before anything is full, so that what finds no room counts somewhere whatever happens. */
static bool make_full_buckets(struct store *s) {
    const uint64_t full = ARENA_PC_TABLE_FULL;
    arena_ref stack = store_stack(s, &full, 1, 0);
    for (uint32_t e = ARENA_EVENT_CPU; stack && e <= ARENA_EVENT_CREATE; e++) {
        s->full_bucket[e] = store_bucket(s, e, stack, 0, 0);
        if (!s->full_bucket[e])
            return false;
    }
    return stack != 0;
}

static struct store *make_store(void) {
    struct store *s = &stores[inherited == &stores[0]];
    memset(s, 0, sizeof *s);
    s->generation = agent.generation;
    agent.start_ticks = process_start_ticks(agent.pid);
    s->size = arena_size();
    s->base = map_file(s->size);
    s->has_file = s->base != NULL;
    if (!s->base)
        s->base = sys_map_anonymous(s->size);
    if (!s->base)
        return NULL;
    if (!fill_header(s) || !make_full_buckets(s)) {
        if (s->has_file)
            sys_call3(SYS_unlinkat, AT_FDCWD, (long)file_path, 0);
        sys_unmap(s->base, s->size);
        return NULL;
    }
    for (int c = 0; c < ARENA_COUNTERS; c++)
        s->header->counters[c] = early_counts[c];
    store_born(s, inherited);
    if (inherited) {
        sys_unmap(inherited->base, inherited->size);
        inherited = NULL;
    }
    __atomic_store_n(&s->header->magic, ARENA_MAGIC, __ATOMIC_RELEASE);
    __atomic_store_n(&current, s, __ATOMIC_RELEASE);
    return s;
}

struct store *store_peek(void) {
    return __atomic_load_n(&current, __ATOMIC_ACQUIRE);
}

HOT struct store *store_get(void) {
    struct store *s = store_peek();
    if (likely(s != NULL) || agent_sandboxed() || __atomic_load_n(&closed, __ATOMIC_ACQUIRE))
        return s;
    uint32_t idle = STORE_IDLE;
    if (!__atomic_compare_exchange_n(&fork_page->store_busy, &idle, STORE_BEING_MADE, false,
                                     __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return NULL;
    uint64_t mask;
    sys_sigmask(SIG_SETMASK, ~UINT64_C(0), &mask);
    s = store_peek();
    if (!s)
        s = make_store();
    if (s && __atomic_load_n(&closed, __ATOMIC_ACQUIRE))
        store_unlink();
    sys_sigmask(SIG_SETMASK, mask, NULL);
    /* Without memory now, trying at every event would only cost. */
    __atomic_store_n(&fork_page->store_busy, s ? STORE_IDLE : STORE_FAILED, __ATOMIC_RELEASE);
    return s;
}

struct store *store_wait(void) {
    if (agent_sandboxed() || __atomic_load_n(&closed, __ATOMIC_ACQUIRE))
        return store_peek();
    const struct timespec moment = {0, 50000};
    struct store *s = store_get();
    for (int i = 0; !s && i < 1000; i++) {
        if (__atomic_load_n(&fork_page->store_busy, __ATOMIC_ACQUIRE) == STORE_FAILED)
            break;
        sys_call2(SYS_nanosleep, (long)&moment, 0);
        s = store_get();
    }
    return s;
}

void store_relink(void) {
    struct store *s = store_peek();
    if (!s || !s->has_file || agent_sandboxed())
        return;
    int fd = open_file();
    bool ok = fd >= 0 && set_size(fd, s->size);
    for (uint64_t u = 0; ok && u < s->size / ARENA_UNIT; u++)
        if (unit_reserved(s, u))
            ok = sys_call4(SYS_pwrite64, fd, (long)(s->base + u * ARENA_UNIT), ARENA_UNIT,
                           (long)(u * ARENA_UNIT)) == ARENA_UNIT;
    if (ok)
        sys_call6(SYS_mmap, (long)s->base, (long)s->size, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_FIXED, fd, 0);
    else
        store_unlink();
    if (fd >= 0)
        sys_close(fd);
}

bool store_sibling(struct text *path, const char *prefix, const char *suffix) {
    struct store *s = store_peek();
    size_t dir = strlen(dir_path) + 1;
    if (!s || !s->has_file)
        return false;
    text_str(path, dir_path);
    text_str(path, "/");
    text_str(path, prefix);
    text_str(path, file_path + dir);
    text_str(path, suffix);
    return !path->cut;
}

void store_unlink(void) {
    struct store *s = store_peek();
    if (s && s->has_file)
        sys_call3(SYS_unlinkat, AT_FDCWD, (long)file_path, 0);
}

void store_close(void) {
    __atomic_store_n(&closed, 1, __ATOMIC_RELEASE);
}

void store_open(void) {
    __atomic_store_n(&closed, 0, __ATOMIC_RELEASE);
}

void store_fork_child(void) {
    if (current)
        inherited = current;
    current = NULL;
    closed = 0;
    memset(early_counts, 0, sizeof early_counts);
}

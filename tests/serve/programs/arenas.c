/* arenas DIR N good|hostile|changing [SEED]: N processes that do nothing, each with an arena in the
 * run directory DIR that it did not make.
 *
 *   good       each with some samples of every kind
 *   hostile    each with another defect, one in HOSTILE_KINDS without any
 *   changing   like good; and they are written over, truncated, removed and made again all the time
 *
 * Prints their process ids, one a line, then `ready`. Ends, with the processes, when its input
 * does; the files stay. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/arena_builder.h"

enum { N_MAX = 5000, SLOTS = 512, HEAP_UNITS = 8 };

static const char *dir;
static pid_t pids[N_MAX];
static char paths[N_MAX][4200];
static uint64_t state = 1;

static uint64_t next_random(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}
static uint64_t below(uint64_t n) {
    return next_random() % n;
}

static void need(bool holds, const char *what) {
    if (!holds) {
        perror(what);
        exit(3);
    }
}

/* /proc/PID/stat, field 22. */
static uint64_t start_ticks(pid_t pid) {
    char path[64], text[1024];
    unsigned long long ticks = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "r");
    need(f && fgets(text, sizeof text, f), path);
    fclose(f);
    char *p = strrchr(text, ')');
    for (int i = 2; p && i < 22; i++)
        p = strchr(p + 1, ' ');
    need(p && sscanf(p, " %llu", &ticks) == 1, "no start time");
    return ticks;
}

/* ---- what is in an arena */

static void add_samples(struct builder *b, unsigned seed) {
    arena_ref thread = builder_string(b, "main");
    builder_object(b, "/bin/true", 0x400000, 0x500000, 0);
    for (uint64_t i = 0; i < 4 + seed % 4; i++) {
        uint64_t pcs[] = {0x401000 + 16 * i, 0x402000 + seed % 64 * 16, 0x403000};
        arena_ref stack = builder_stack(b, 0, pcs, 3);
        builder_cpu(b, stack, thread, (int64_t)i + 1);
        struct arena_bucket *heap = builder_bucket(b, ARENA_EVENT_HEAP, stack, thread);
        heap->detail = 64;
        heap->v[0] = heap->v[2] = ARENA_OBJECT_ONE;
        heap->v[1] = heap->v[3] = 64;
        struct arena_bucket *mutex = builder_bucket(b, ARENA_EVENT_MUTEX, stack, thread);
        mutex->v[0] = 1;
        mutex->v[1] = 1000000;
        struct arena_bucket *block = builder_bucket(b, ARENA_EVENT_BLOCK, stack, thread);
        block->v[0] = ARENA_OBJECT_ONE;
        block->v[1] = 1000000;
        builder_bucket(b, ARENA_EVENT_CREATE, stack, thread)->v[0] = 1;
    }
}

static struct builder build(int i) {
    struct builder b = builder_new(SLOTS, HEAP_UNITS);
    add_samples(&b, (unsigned)i);
    b.h->pid = (uint32_t)pids[i];
    b.h->uid = getuid();
    b.h->start_ticks = start_ticks(pids[i]);
    b.h->mutex_fraction = b.h->block_rate_ns = 1;
    snprintf(b.h->exe, sizeof b.h->exe, "fake%d", i);
    return b;
}

static void write_file(const char *path, const void *data, size_t n) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    need(fd >= 0 && write(fd, data, n) == (ssize_t)n, path);
    close(fd);
}

/* ---- defects */

static void flip(uint8_t *bytes, size_t n, int times) {
    for (int i = 0; i < times; i++)
        bytes[below(n)] = (uint8_t)next_random();
}

static void random_bytes(struct builder *b) {
    size_t n = b->h->size / 8;
    for (size_t i = 0; i < n; i++)
        ((uint64_t *)b->base)[i] = next_random();
}
static void random_after_magic(struct builder *b) {
    size_t n = b->h->size / 8;
    for (size_t i = 2; i < n; i++)
        ((uint64_t *)b->base)[i] = next_random();
}
static void random_header(struct builder *b) {
    flip(b->base + 16, sizeof *b->h - 16, 8);
}
static void random_heap(struct builder *b) {
    flip(b->base + b->h->heap.offset, b->h->heap.bytes, 2000);
}
static void random_everywhere(struct builder *b) {
    flip(b->base + sizeof *b->h, b->h->size - sizeof *b->h, 500);
}
static void other_version(struct builder *b) {
    b->h->version = ARENA_VERSION + 1;
}
static void old_version(struct builder *b) {
    b->h->version = ARENA_VERSION - 1;
}
static void no_magic(struct builder *b) {
    b->h->magic = 0;
}
static void other_process(struct builder *b) {
    b->h->pid = 1;
    b->h->start_ticks = 0;
}
static void endless_name(struct builder *b) {
    memset(b->h->exe, '/', sizeof b->h->exe);
}
static void name_of_markup(struct builder *b) {
    strcpy(b->h->exe, "<script>\"'&\n\x01\xff");
}
static void large_numbers(struct builder *b) {
    b->h->cpu_rate_hz = b->h->stack_depth = UINT32_MAX;
    b->h->heap_rate_bytes = b->h->mutex_fraction = b->h->block_rate_ns = UINT64_MAX;
    b->h->start_realtime_ns = b->h->start_monotonic_ns = INT64_MIN;
    b->h->request_signo = 9; /* not one that anybody should send */
}
static void object_circle(struct builder *b) {
    struct arena_object *o = builder_at(b, b->h->objects);
    o->next = b->h->objects;
}
static void far_size(struct builder *b) {
    b->h->size = UINT64_C(1) << 46;
    b->h->heap.bytes = b->h->size - b->h->heap.offset;
}
static void no_defect(struct builder *b) {
}

static void (*const defects[])(struct builder *) = {
    random_bytes,   random_after_magic, random_header, random_heap,   random_everywhere,
    other_version,  old_version,        no_magic,      other_process, endless_name,
    name_of_markup, large_numbers,      object_circle, far_size,      no_defect,
};
enum { N_DEFECTS = sizeof defects / sizeof *defects };

/* What is no file of bytes at all. */
static void odd_file(const char *path, int kind, const struct builder *b) {
    switch (kind) {
    case 0:
        need(mkfifo(path, 0600) == 0, path);
        break;
    case 1:
        need(mkdir(path, 0700) == 0, path);
        break;
    case 2:
        need(symlink("/dev/zero", path) == 0, path);
        break;
    case 3:
        need(symlink("/etc/passwd", path) == 0, path);
        break;
    case 4:
        write_file(path, "", 0);
        break;
    case 5:
        write_file(path, b->base, below(sizeof *b->h));
        break;
    case 6:
        write_file(path, b->base, sizeof *b->h + below(b->h->size - sizeof *b->h));
        break;
    default: /* much of nothing behind it */
        write_file(path, b->base, b->h->size);
        need(truncate(path, INT64_C(1) << 40) == 0, path);
    }
}
enum { N_ODD_FILES = 8, HOSTILE_KINDS = N_DEFECTS + N_ODD_FILES };

static void make_hostile(int i) {
    struct builder b = build(i);
    int kind = i % HOSTILE_KINDS;
    size_t size = b.h->size;
    if (kind < N_DEFECTS) {
        defects[kind](&b);
        write_file(paths[i], b.base, size);
    } else {
        odd_file(paths[i], kind - N_DEFECTS, &b);
    }
    builder_free(&b);
}

static void make_good(int i) {
    struct builder b = build(i);
    write_file(paths[i], b.base, b.h->size);
    builder_free(&b);
}

/* ---- change */

static void change(int i) {
    struct builder b = build(i);
    size_t size = b.h->size;
    int fd = open(paths[i], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    need(fd >= 0, paths[i]);
    switch (below(6)) {
    case 0:
        need(ftruncate(fd, (off_t)below(size)) == 0, paths[i]);
        break;
    case 1:
        need(ftruncate(fd, 0) == 0, paths[i]);
        break;
    case 2:
        unlink(paths[i]);
        break;
    case 3:
        defects[below(N_DEFECTS)](&b);
        /* fall through */
    default:
        need(pwrite(fd, b.base, size, 0) == (ssize_t)size, paths[i]);
    }
    close(fd);
    builder_free(&b);
}

static bool input_ended(int timeout_ms) {
    char c;
    struct pollfd p = {.fd = 0, .events = POLLIN};
    return poll(&p, 1, timeout_ms) > 0 && read(0, &c, 1) <= 0;
}

int main(int argc, char **argv) {
    int n = argc > 2 ? atoi(argv[2]) : 0;
    if (argc < 4 || n < 1 || n > N_MAX)
        return 2;
    dir = argv[1];
    const char *mode = argv[3];
    state = argc > 4 ? strtoull(argv[4], NULL, 0) | 1 : 1;
    for (int i = 0; i < n; i++) {
        need((pids[i] = fork()) >= 0, "fork");
        if (pids[i] == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0)
            for (;;)
                pause();
        snprintf(paths[i], sizeof paths[i], "%s/%d.%llu", dir, (int)pids[i],
                 (unsigned long long)start_ticks(pids[i]));
        (strcmp(mode, "hostile") == 0 ? make_hostile : make_good)(i);
        printf("%d\n", (int)pids[i]);
    }
    printf("ready\n");
    fflush(stdout);
    bool changing = strcmp(mode, "changing") == 0;
    while (!input_ended(changing ? 1 : -1))
        if (changing)
            change((int)below((uint64_t)n));
    for (int i = 0; i < n; i++)
        kill(pids[i], SIGKILL);
    while (wait(NULL) > 0)
        continue;
    return 0;
}

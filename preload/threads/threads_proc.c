/* /proc/PID/task: its entries, and of each the second and third field of `stat`. */
#include "preload/threads/threads_proc.h"

#include <string.h>

#include "preload/agent.h"
#include "preload/dump_output.h"
#include "preload/sys.h"
#include "preload/text.h"

enum { LIST_MIN_BYTES = 65536, ENTRIES_BYTES = 32768 };

struct dirent_head { /* struct linux_dirent64 */
    uint64_t inode;
    int64_t offset;
    uint16_t bytes;
    uint8_t type;
    char name[];
};

/* A container may show the /proc of another namespace, where our number is somebody else's. */
static bool proc_is_ours(void) {
    char name[32];
    long n = sys_call4(SYS_readlinkat, AT_FDCWD, (long)"/proc/self", (long)name, sizeof name - 1);
    name[n > 0 ? n : 0] = '\0';
    return n > 0 && text_parse_uint(name) == (uint64_t)sys_getpid();
}

static int open_task(void) {
    TEXT(path, 64);
    text_str(&path, "/proc/");
    text_uint(&path, (uint64_t)agent.pid);
    text_str(&path, "/task");
    return sys_open(path.s, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
}

struct tid_list {
    uint32_t *tids;
    uint32_t n;
    size_t bytes;
};

static bool list_push(struct tid_list *l, uint32_t tid) {
    if (l->n * sizeof *l->tids == l->bytes) {
        size_t bytes = l->bytes ? 2 * l->bytes : LIST_MIN_BYTES;
        uint32_t *grown = dump_mem.resize(dump_mem.ctx, l->tids, l->bytes, bytes);
        if (!grown)
            return false;
        l->tids = grown;
        l->bytes = bytes;
    }
    l->tids[l->n++] = tid;
    return true;
}

static void list_add(struct tid_list *l, const char *entries, long n) {
    for (long at = 0; at < n;) {
        const struct dirent_head *e = (const void *)(entries + at);
        if (e->name[0] != '.' && !list_push(l, (uint32_t)text_parse_uint(e->name)))
            return;
        at += e->bytes;
    }
}

uint32_t *proc_threads(uint32_t *n, size_t *bytes) {
    static char entries[ENTRIES_BYTES] __attribute__((aligned(8))); /* one dumper at a time */
    struct tid_list l = {NULL, 0, 0};
    int fd = proc_is_ours() ? open_task() : -1;
    long got;
    if (fd < 0)
        return NULL;
    while ((got = sys_call3(SYS_getdents64, fd, (long)entries, sizeof entries)) > 0)
        list_add(&l, entries, got);
    sys_close(fd);
    *n = l.n;
    *bytes = l.bytes;
    return l.tids;
}

bool proc_thread_read(uint32_t tid, struct proc_thread *t) {
    char line[128];
    TEXT(path, 64);
    memset(t, 0, sizeof *t);
    t->state = '?';
    text_str(&path, "/proc/");
    text_uint(&path, (uint64_t)agent.pid);
    text_str(&path, "/task/");
    text_uint(&path, tid);
    text_str(&path, "/stat");
    int fd = sys_open(path.s, O_RDONLY | O_CLOEXEC, 0);
    long n = fd < 0 ? 0 : sys_read(fd, line, sizeof line);
    if (fd >= 0)
        sys_close(fd);
    /* "TID (NAME) STATE ...": a name may hold anything, and has at most 15 bytes. */
    const char *open = n > 0 ? memchr(line, '(', (size_t)n) : NULL;
    if (!open)
        return false;
    const char *close = open + 1;
    for (const char *p = close; p < line + n && p <= open + sizeof t->name; p++)
        if (*p == ')')
            close = p;
    memcpy(t->name, open + 1, (size_t)(close - open - 1));
    if (close + 2 < line + n)
        t->state = close[2];
    return true;
}

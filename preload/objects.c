/* The list of mapped executable objects.
 *
 * Model: /proc/self/maps is read when the arena is made, before a dump, after a dlclose, and when
 * an address lies in no known object: at once if the loader has mapped something there, else at
 * most once a second.
 * Objects are only ever added. `known` is the same list in private memory, for look-ups.
 *
 * When new code is mapped over the place of other code, the epoch rises: stacks recorded before
 * keep the old epoch and thereby the old object. Loading the same file at the same place again
 * changes nothing, so that a dlopen/dlclose loop does not fill the stack table.
 *
 * Where an object is gone, and code runs at its place again, the maps are read at once, too: it may
 * be other code.
 *
 * Concurrency: one thread reads at a time, by a try-lock in the fork page; look-ups go on meanwhile
 * over the entries below `n_known` (release by the reader of maps, acquire by all). */
#include "preload/objects.h"

#include <string.h>
#include <sys/auxv.h>

#include "preload/capture.h"
#include "preload/elf_image.h"
#include "preload/sys.h"
#include "preload/text.h"
#include "preload/unwind/unwind_object.h"

enum { KNOWN_MAX = 4096 };

/* Whether the maps still showed an object when they were last read. */
enum presence {
    MAPPED,
    GONE,        /* what runs at its place is other code, or it is back: the maps are to be read */
    GONE_LOOKED, /* they were, for that reason */
};

struct known {
    uint64_t start, end;
    arena_ref ref;     /* struct arena_object */
    uint32_t seen;     /* number of the last reading of the maps that had it */
    uint32_t presence; /* atomic */
};

static struct known known[KNOWN_MAX];
static uint32_t n_known;        /* atomic */
static uint32_t readings;       /* of the maps */
static uint32_t closes;         /* atomic: how often code may have been unmapped */
static int stale;               /* atomic: that has been since the last refresh */
static int64_t last_refresh_ns; /* atomic, CLOCK_MONOTONIC */
static int hopeless;            /* atomic: something loaded was not found in the maps, or no room */

/* Scratch of the one thread that holds objects_busy; too large for a handler's stack. */
static char maps[16384];
static char base_path[AGENT_PATH_MAX];
static struct arena_object new_object;

/* One line of /proc/self/maps. */
struct maps_line {
    uint64_t start, end, offset, inode;
    bool executable;
    const char *path; /* "//anon" for none */
    size_t path_len;
};

static bool parse_line(const char *p, const char *end, struct maps_line *m) {
    m->start = text_parse_hex(&p);
    if (*p++ != '-')
        return false;
    m->end = text_parse_hex(&p);
    if (end - p < 7 || *p != ' ')
        return false;
    m->executable = p[3] == 'x';
    p += 6; /* " r-xp " */
    m->offset = text_parse_hex(&p);
    for (int spaces = 0; p < end && spaces < 2; p++) /* over the device */
        spaces += *p == ' ';
    m->inode = text_parse_uint(p);
    while (p < end && *p != ' ')
        p++;
    while (p < end && *p == ' ')
        p++;
    m->path = p;
    m->path_len = (size_t)(end - p);
    static const char deleted[] = " (deleted)";
    size_t n = sizeof deleted - 1;
    if (m->path_len > n && memcmp(end - n, deleted, n) == 0)
        m->path_len -= n;
    if (m->path_len == 0) {
        m->path = "//anon";
        m->path_len = 6;
    }
    return true;
}

/* ---- adding */

static bool is_anonymous(struct store *s, const struct arena_object *o) {
    return ((struct arena_string *)store_at(s, o->path))->s[0] == '/' && o->inode == 0;
}

static bool same_file(struct store *s, const struct arena_object *o, const struct maps_line *m) {
    const struct arena_string *path = store_at(s, o->path);
    return o->inode == m->inode && path->len == m->path_len &&
           memcmp(path->s, m->path, m->path_len) == 0;
}

/* Same bytes at the same address: its bounds may differ, after an mprotect. */
static bool same_code(struct store *s, const struct arena_object *o, const struct maps_line *m) {
    return same_file(s, o, m) && o->start - o->file_offset == m->start - m->offset;
}

/* Ends objects that the new mapping replaced. Returns the first epoch in which it is there. */
static uint32_t displace(struct store *s, const struct maps_line *m) {
    uint32_t epoch = __atomic_load_n(&s->header->epoch, __ATOMIC_RELAXED);
    bool replaced = false;
    for (uint32_t i = 0; i < n_known; i++) {
        struct arena_object *o = store_at(s, known[i].ref);
        if (known[i].start >= m->end || known[i].end <= m->start || same_code(s, o, m) ||
            (is_anonymous(s, o) && m->inode == 0))
            continue;
        replaced = true;
        if (o->epoch_last == UINT32_MAX)
            __atomic_store_n(&o->epoch_last, epoch, __ATOMIC_RELAXED);
    }
    if (!replaced)
        return 0;
    __atomic_store_n(&s->header->epoch, epoch + 1, __ATOMIC_RELEASE);
    return epoch + 1;
}

/* Whether a listed object that nothing has displaced takes all of the place. */
static bool covers(const struct known *k, const struct arena_object *o, const struct maps_line *m) {
    return k->start <= m->start && k->end >= m->end && o->epoch_last == UINT32_MAX;
}

static struct known *find_known(struct store *s, const struct maps_line *m) {
    for (uint32_t i = 0; i < n_known; i++) {
        const struct arena_object *o = store_at(s, known[i].ref);
        if (covers(&known[i], o, m) && same_code(s, o, m))
            return &known[i];
    }
    return NULL;
}

/* Segments of one file share its path. */
static arena_ref path_ref(struct store *s, const struct maps_line *m) {
    for (uint32_t i = 0; i < n_known; i++) {
        const struct arena_object *o = store_at(s, known[i].ref);
        if (same_file(s, o, m))
            return o->path;
    }
    return store_string(s, m->path, m->path_len);
}

/* Puts a copy of `o` at the head of the list. */
static void append(struct store *s, const struct arena_object *o, enum presence presence) {
    uint64_t at = n_known < KNOWN_MAX && o->path ? store_alloc(s, sizeof *o) : 0;
    if (!at) {
        store_count(s, ARENA_DROPPED_OBJECTS, 1);
        return;
    }
    struct arena_object *copy = (struct arena_object *)(s->base + at);
    arena_ref ref = store_ref(s, copy);
    *copy = *o;
    copy->next = s->header->objects;
    __atomic_store_n(&s->header->objects, ref, __ATOMIC_RELEASE);
    known[n_known] = (struct known){o->start, o->end, ref, readings, presence};
    __atomic_store_n(&n_known, n_known + 1, __ATOMIC_RELEASE);
}

static void add(struct store *s, const struct maps_line *m, uint64_t elf_base) {
    struct known *k = find_known(s, m);
    if (k) {
        k->seen = readings;
        return;
    }
    struct arena_object *o = &new_object;
    memset(o, 0, sizeof *o);
    o->start = m->start;
    o->end = m->end;
    o->file_offset = m->offset;
    o->inode = m->inode;
    o->path = path_ref(s, m);
    o->epoch_first = displace(s, m);
    o->epoch_last = UINT32_MAX;
    if (elf_base)
        o->build_id_len = elf_image_build_id(elf_base, o->build_id);
    append(s, o, MAPPED);
}

/* Calls add() for each executable mapping; with `entry` only for the one that holds it. */
struct scan {
    struct store *s;
    uint64_t entry;
    uint64_t base_inode, base; /* of the last mapping of a file's offset 0 */
    size_t base_path_len;      /* in base_path; 0: too long, or none */
};

static void note_base(struct scan *scan, const struct maps_line *m) {
    scan->base = m->start;
    scan->base_inode = m->inode;
    scan->base_path_len = m->path_len < sizeof base_path ? m->path_len : 0;
    memcpy(base_path, m->path, scan->base_path_len);
}

static bool is_memory(const struct maps_line *m) {
    static const char huge[] = "/anon_hugepage"; /* of hugetlbfs */
    return m->inode == 0 ||
           (m->path_len == sizeof huge - 1 && memcmp(m->path, huge, sizeof huge - 1) == 0);
}

/* What was at the place of `m` before, of a file. */
static const struct arena_object *file_before(struct store *s, const struct maps_line *m) {
    for (uint32_t i = n_known; i-- > 0;) {
        const struct arena_object *o = store_at(s, known[i].ref);
        if (covers(&known[i], o, m) && o->inode)
            return o;
    }
    return NULL;
}

/* Programs that want their code on huge pages put a copy of it where the loader has mapped it from
 * the file. It is the file's all the same: by the object list, or, where the copy was made before
 * there was one, by the program headers. */
static void see_through_copy(const struct scan *scan, struct maps_line *m) {
    struct unwind_object loaded;
    if (!is_memory(m) || !object_find(m->start, &loaded))
        return;
    const struct arena_object *o = file_before(scan->s, m);
    if (o) {
        const struct arena_string *path = store_at(scan->s, o->path);
        m->offset = m->start - o->start + o->file_offset;
        m->inode = o->inode;
        m->path = path->s;
        m->path_len = path->len;
    } else if (scan->base_inode && scan->base_path_len &&
               elf_image_code_offset(scan->base, m->start, &m->offset)) {
        m->inode = scan->base_inode;
        m->path = base_path;
        m->path_len = scan->base_path_len;
    }
}

static void scan_line(struct scan *scan, const char *line, const char *end) {
    struct maps_line m;
    if (!parse_line(line, end, &m))
        return;
    bool vdso = m.path_len == 6 && memcmp(m.path, "[vdso]", 6) == 0;
    /* the code of a small program can be in the file's first page, too */
    bool again = m.executable && m.inode && m.inode == scan->base_inode;
    if (m.offset == 0 && (m.inode || vdso) && !again)
        note_base(scan, &m);
    if (!m.executable || (scan->entry && (scan->entry < m.start || scan->entry >= m.end)))
        return;
    see_through_copy(scan, &m);
    bool has_base = (m.inode || vdso) && scan->base_inode == m.inode;
    add(scan->s, &m, has_base ? scan->base : 0);
}

/* False when they could not be read. */
static bool scan_maps(struct store *s, uint64_t entry) {
    struct scan scan = {.s = s, .entry = entry};
    size_t have = 0;
    int fd = sys_open("/proc/self/maps", O_RDONLY | O_CLOEXEC, 0);
    long n;
    if (fd < 0)
        return false;
    for (;;) {
        n = sys_read(fd, maps + have, sizeof maps - have);
        if (n <= 0)
            break;
        have += (size_t)n;
        char *line = maps, *end;
        while ((end = memchr(line, '\n', have - (size_t)(line - maps)))) {
            scan_line(&scan, line, end);
            line = end + 1;
        }
        have -= (size_t)(line - maps);
        if (have == sizeof maps) /* no line is that long */
            break;
        memmove(maps, line, have);
    }
    sys_close(fd);
    return n == 0;
}

/* Anonymous code comes and goes with every change of its protection, and is all the same to us. */
static void note_presence(struct store *s) {
    for (uint32_t i = 0; i < n_known; i++) {
        const struct arena_object *o = store_at(s, known[i].ref);
        uint32_t was = __atomic_load_n(&known[i].presence, __ATOMIC_RELAXED);
        bool there = known[i].seen == readings || o->inode == 0;
        uint32_t now = there ? MAPPED : was == MAPPED ? GONE : was;
        __atomic_store_n(&known[i].presence, now, __ATOMIC_RELAXED);
    }
}

void objects_refresh(struct store *s) {
    if (agent_sandboxed() || __atomic_exchange_n(&fork_page->objects_busy, 1, __ATOMIC_ACQUIRE))
        return;
    __atomic_store_n(&stale, 0, __ATOMIC_RELAXED);
    readings++;
    if (n_known == 0) /* the main program comes first in the list */
        scan_maps(s, getauxval(AT_ENTRY));
    if (scan_maps(s, 0))
        note_presence(s);
    __atomic_store_n(&last_refresh_ns, sys_clock_ns(CLOCK_MONOTONIC), __ATOMIC_RELAXED);
    __atomic_store_n(&fork_page->objects_busy, 0, __ATOMIC_RELEASE);
}

bool objects_known(uint64_t pc) {
    uint32_t n = __atomic_load_n(&n_known, __ATOMIC_ACQUIRE), k = 0;
    while (k < n && !(pc >= known[k].start && pc < known[k].end &&
                      __atomic_load_n(&known[k].presence, __ATOMIC_RELAXED) == MAPPED))
        k++;
    return k < n;
}

/* Whether a stack runs where an object is gone, for the first time since it is. */
static bool runs_where_one_is_gone(const uint64_t *pcs, uint32_t depth) {
    uint32_t n = __atomic_load_n(&n_known, __ATOMIC_ACQUIRE);
    bool found = false;
    for (uint32_t k = 0; k < n; k++) {
        if (__atomic_load_n(&known[k].presence, __ATOMIC_RELAXED) != GONE)
            continue;
        for (uint32_t i = 0; i < depth; i++)
            if (pcs[i] >= known[k].start && pcs[i] < known[k].end) {
                __atomic_store_n(&known[k].presence, GONE_LOOKED, __ATOMIC_RELAXED);
                found = true;
            }
    }
    return found;
}

HOT bool objects_all_known(const uint64_t *pcs, uint32_t depth) {
    for (uint32_t i = 0; i < depth; i++)
        if (pcs[i] >= ARENA_PC_LIMIT && !objects_known(pcs[i]))
            return false;
    return true;
}

static bool runs_in_one_just_loaded(const uint64_t *pcs, uint32_t depth) {
    struct unwind_object o;
    bool found = false;
    if (__atomic_load_n(&hopeless, __ATOMIC_RELAXED))
        return false;
    for (uint32_t i = 0; i < depth && !found; i++)
        found = pcs[i] >= ARENA_PC_LIMIT && !objects_known(pcs[i]) && object_find(pcs[i], &o);
    return found;
}

HOT void objects_cover(struct store *s, const uint64_t *pcs, uint32_t depth) {
    if (agent_sandboxed())
        return;
    if (objects_are_stale()) {
        objects_refresh(s);
        return;
    }
    if (objects_all_known(pcs, depth))
        return;
    int64_t since = __atomic_load_n(&last_refresh_ns, __ATOMIC_RELAXED);
    bool loaded = runs_in_one_just_loaded(pcs, depth);
    if (runs_where_one_is_gone(pcs, depth) || loaded ||
        sys_clock_ns(CLOCK_MONOTONIC) - since > 1000000000)
        objects_refresh(s);
    if (loaded && runs_in_one_just_loaded(pcs, depth))
        __atomic_store_n(&hopeless, 1, __ATOMIC_RELAXED);
}

void objects_stale(void) {
    __atomic_fetch_add(&closes, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&hopeless, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&stale, 1, __ATOMIC_RELEASE);
}

HOT uint64_t objects_version(uint32_t epoch) {
    return (uint64_t)__atomic_load_n(&closes, __ATOMIC_ACQUIRE) << 32 | epoch;
}

/* The child has mapped what its parent had; what changed since shows as it does in any process. */
void objects_inherit(struct store *s, struct store *from) {
    uint32_t n = n_known;
    n_known = 0;
    for (uint32_t i = 0; i < n; i++) {
        struct arena_object o = *(const struct arena_object *)store_at(from, known[i].ref);
        const struct arena_string *path = store_at(from, o.path);
        struct maps_line m = {.inode = o.inode, .path = path->s, .path_len = path->len};
        if (o.epoch_last != UINT32_MAX)
            continue;
        o.path = path_ref(s, &m);
        o.epoch_first = 0;
        append(s, &o, known[i].presence);
    }
    if (objects_are_stale())
        objects_refresh(s);
}

HOT bool objects_are_stale(void) {
    return __atomic_load_n(&stale, __ATOMIC_RELAXED);
}

void objects_own_path(char *path) {
    struct store *s = store_peek();
    uint64_t self = (uintptr_t)&objects_own_path;
    path[0] = '\0';
    for (uint32_t i = 0; s && i < n_known; i++) {
        const struct arena_object *o = store_at(s, known[i].ref);
        const struct arena_string *name = store_at(s, o->path);
        if (self >= known[i].start && self < known[i].end && name->len < AGENT_PATH_MAX)
            memcpy(path, name->s, name->len + 1);
    }
}
